/** The inbox of event and property names that no contract mentions yet. */
import type { AppId, EpochMs, IdentityKey, JsonObject } from '../model/brand.ts'

/** `waiting` for a staff decision; `granted` once a contract mentions it; the others by decision. */
export const ITEM_STATES = ['waiting', 'ignored', 'blocked', 'granted'] as const
export type ItemState = (typeof ITEM_STATES)[number]
/** The decisions that staff may make. Granting takes a contract. */
export type ItemWord = Exclude<ItemState, 'granted'>

/** One name. Holds no value and no subject. */
export interface InboxItem {
  readonly id: number
  readonly app: AppId
  readonly kind: 'event' | 'property'
  /** The event's key as contracts write it (`Order Completed`, `@identify`); of a property, the event it came with. */
  readonly event: string
  /** A property's path as contracts write it (`coupon`, `order.total`, `products[].sku`, `traits.plan`); '' for an event. */
  readonly name: string
  /** Events with this name since it was listed. */
  readonly count: number
  readonly firstAt: EpochMs
  /** Accurate to half a minute. */
  readonly lastAt: EpochMs
  readonly state: ItemState
  /** Keyed reference of the staff member, and the time; undefined while waiting or granted. */
  readonly by?: string
  readonly at?: EpochMs
}

/** Called by ingress for every valid event. Synchronous; costs one look-up for each known name. */
export interface NameWatch {
  /** @param subject the event's subject: counted, never stored */
  look(app: AppId, event: JsonObject, subject: IdentityKey): void
}

export interface Inbox extends NameWatch {
  /** A subject sent a name to a data thread that is not listed there: counted over all threads, never stored. */
  met(app: AppId, event: string, name: string, subject: string): void
  /** A name that enough subjects sent to a data thread, and how often since the last time. */
  note(app: AppId, event: string, name: string, count: number): void
  /** Oldest first. */
  items(): readonly InboxItem[]
  item(id: number): InboxItem | undefined
  waiting(): number
  /** Names dropped for lack of room since the start. */
  notKept(): number
  /** Records a decision; durable when it resolves. Undefined if there is no such item or it is granted. */
  say(id: number, word: ItemWord, by: string): Promise<InboxItem | undefined>
  /** Call after a new revision is live: names in its contracts become granted. */
  refresh(): void
  /** Writes unsaved changes. */
  close(): Promise<void>
}

/** A blocked name that a contract would grant. */
export interface BlockedName {
  readonly app: string
  readonly event: string
  readonly name: string
}

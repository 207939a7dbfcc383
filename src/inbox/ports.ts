/** Names of events and properties that no contract names yet: what others ask of the inbox. */
import type { AppId, EpochMs, IdentityKey, JsonObject } from '../model/brand.ts'

/** `waiting` for somebody to say; `granted` once a contract names it; the others as somebody said. */
export const ITEM_STATES = ['waiting', 'ignored', 'blocked', 'granted'] as const
export type ItemState = (typeof ITEM_STATES)[number]
/** What somebody may say of a name. Granting is a contract's business. */
export type ItemWord = Exclude<ItemState, 'granted'>

/** One name. Holds no value, and nobody it came from. */
export interface InboxItem {
  readonly id: number
  readonly app: AppId
  readonly kind: 'event' | 'property'
  /** The event's key as contracts write it (`Order Completed`, `@identify`); of a property, the event it came with. */
  readonly event: string
  /** A property's path as contracts write it (`coupon`, `order.total`, `products[].sku`, `traits.plan`); '' for an event. */
  readonly name: string
  /** Events that had it since it is in the inbox. */
  readonly count: number
  readonly firstAt: EpochMs
  /** Within half a minute. */
  readonly lastAt: EpochMs
  readonly state: ItemState
  /** Who said so, and when: keyed reference; undefined while it waits, and for what was granted. */
  readonly by?: string
  readonly at?: EpochMs
}

/** What ingress tells of every good event. Synchronous, and a look-up a name where all of them are known. */
export interface NameWatch {
  /** @param subject whoever the event is about: counted, never kept */
  look(app: AppId, event: JsonObject, subject: IdentityKey): void
}

export interface Inbox extends NameWatch {
  /** Oldest first. */
  items(): readonly InboxItem[]
  item(id: number): InboxItem | undefined
  waiting(): number
  /** Names that there was no room for since the start. */
  notKept(): number
  /** Durable when it resolves; undefined where there is no such item, or a contract names it by now. */
  say(id: number, word: ItemWord, by: string): Promise<InboxItem | undefined>
  /** A new revision is live: what its contracts name is granted. */
  refresh(): void
  /** Writes what is not on disk yet. */
  close(): Promise<void>
}

/** A name that a contract would grant and somebody blocked. */
export interface BlockedName {
  readonly app: string
  readonly event: string
  readonly name: string
}

/**
 * Messages between the intake and its callers' thread: flat lists, because a list of objects costs several times as
 * much to copy. Events are sent as JSON text, and only if the other side does not hold them already.
 */
import type { AppId, EpochMs, IdentityKey, PartnerId } from '../model/brand.ts'
import type { Settlement } from '../model/disclosure.ts'
import type { DeadFilter, FoundMessage, RetriedAll } from './ports.ts'

/** One request. The lists are parallel, one entry an event; `route` is an index into `routes`. */
export interface PackedAppend {
  readonly app: AppId
  readonly rejected: Readonly<Record<string, number>>
  readonly routes: readonly { readonly event: string; readonly partners: readonly PartnerId[] }[]
  readonly route: readonly number[]
  /** The event's primary identity, under which it is sealed; `''` if it has none. */
  readonly subject: readonly IdentityKey[]
  readonly receivedAt: readonly EpochMs[]
  readonly dedupe: readonly (string | undefined)[]
  /** All events' JSON, concatenated: one long text costs a third of many short ones. */
  readonly bodies: string
  /** Where each event's JSON ends in `bodies`. */
  readonly bodyEnd: readonly number[]
}

/** A position for each event, 0 for a duplicate; or, in a word, why nothing was stored. */
export type AppendAnswer = { readonly positions: readonly number[] } | { readonly failed: string }

export interface PackedPull {
  readonly partner: PartnerId
  readonly max: number
  /** The ledger's size: what is pulled depends on no later record. */
  readonly resume?: number
}
export interface PullAnswer {
  readonly seqs: readonly number[]
  readonly attempts: readonly number[]
  readonly dueInMs: number | undefined
}

/** `end` is an index into `ends`; -1 is another attempt, with an entry each in `retryAt` and `attempt`, in order. */
export interface PackedSettle {
  readonly partner: PartnerId
  readonly seqs: readonly number[]
  readonly ends: readonly Settlement[]
  readonly end: readonly number[]
  readonly retryAt: readonly EpochMs[]
  readonly attempt: readonly number[]
  readonly resume: number
}

/** Milliseconds until the partner's next parked pair is due; undefined if none is parked. */
export interface SettleAnswer {
  readonly dueInMs: number | undefined
}

/** One pair, as the dead-letter list names it. */
export interface DeadCall {
  readonly seq: number
  readonly partner: PartnerId
}

export interface DeadListCall {
  readonly after: string | undefined
  readonly max: number
  readonly filter: DeadFilter
}
export interface DeadPageCall {
  /** `next` of the previous page; undefined for the first. */
  readonly before: number | undefined
  readonly filter: DeadFilter
}
export interface DeadPageAnswer extends RetriedAll {
  /** The partners of the requeued pairs. */
  readonly partners: readonly PartnerId[]
  /** Undefined on the last page. */
  readonly next: number | undefined
}

export interface PurgeCall {
  readonly identities: readonly IdentityKey[]
  readonly subjects: readonly number[]
}

export interface BodiesCall {
  readonly partner: PartnerId
  readonly seqs: readonly number[]
}

export interface RecentCall {
  /** Undefined: from the newest on. */
  readonly before: number | undefined
  readonly max: number
}
/** JSON texts, newest first. */
export interface RecentAnswer {
  readonly texts: readonly string[]
  readonly unreadable: number
  readonly next: number | undefined
}

export interface FindCall {
  readonly apps: readonly AppId[]
  readonly messageId: string
  /** `next` of the previous page; undefined for the first. */
  readonly before: number | undefined
}
export interface FindAnswer {
  readonly found: (Omit<FoundMessage, 'event'> & { readonly text: string | undefined }) | undefined
  /** Undefined if there is nothing more to read. */
  readonly next: number | undefined
}

export interface Health {
  readonly writable: boolean
  readonly why: string
}

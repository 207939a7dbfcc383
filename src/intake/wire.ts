/**
 * What crosses between the intake and its callers' thread: flat lists, because a list of objects costs several times as
 * much to copy. Events travel as JSON text, and only when the other side does not hold them already.
 */
import type { AppId, EpochMs, IdentityKey, PartnerId } from '../model/brand.ts'
import type { Settlement } from '../model/disclosure.ts'
import type { DeadFilter, FoundMessage, RetriedAll } from './ports.ts'

/** One request. The lists run in step, one entry an event; `route` points into `routes`. */
export interface PackedAppend {
  readonly app: AppId
  readonly rejected: Readonly<Record<string, number>>
  readonly routes: readonly { readonly event: string; readonly partners: readonly PartnerId[] }[]
  readonly route: readonly number[]
  /** The event's primary identity, under which it is sealed; `''` where it has none. */
  readonly subject: readonly IdentityKey[]
  readonly receivedAt: readonly EpochMs[]
  readonly dedupe: readonly (string | undefined)[]
  /** All events' JSON, one after the other: one long text crosses for a third of what many short ones cost. */
  readonly bodies: string
  /** Where each event's JSON ends in `bodies`. */
  readonly bodyEnd: readonly number[]
}

/** A position for each event, 0 for a duplicate; or why nothing was kept, in a word. */
export type AppendAnswer = { readonly positions: readonly number[] } | { readonly failed: string }

export interface PackedPull {
  readonly partner: PartnerId
  readonly max: number
  /** How large the ledger is: what is pulled rests on no record beyond. */
  readonly resume?: number
}
export interface PullAnswer {
  readonly seqs: readonly number[]
  readonly attempts: readonly number[]
  readonly dueInMs: number | undefined
}

/** `end` points into `ends`; -1 is another try, with an entry each in `retryAt` and `attempt`, in order. */
export interface PackedSettle {
  readonly partner: PartnerId
  readonly seqs: readonly number[]
  readonly ends: readonly Settlement[]
  readonly end: readonly number[]
  readonly retryAt: readonly EpochMs[]
  readonly attempt: readonly number[]
  readonly resume: number
}

/** In how many milliseconds the partner's next parked pair is due; undefined where none is parked. */
export interface SettleAnswer {
  readonly dueInMs: number | undefined
}

/** One pair, as the list of dead letters names it. */
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
  /** `next` of the page before; undefined for the first. */
  readonly before: number | undefined
  readonly filter: DeadFilter
}
export interface DeadPageAnswer extends RetriedAll {
  /** Whose pairs wait again. */
  readonly partners: readonly PartnerId[]
  /** Undefined where this was the last page. */
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
  /** `next` of the page before; undefined for the first. */
  readonly before: number | undefined
}
export interface FindAnswer {
  readonly found: (Omit<FoundMessage, 'event'> & { readonly text: string | undefined }) | undefined
  /** Undefined where there is nothing more to look at. */
  readonly next: number | undefined
}

export interface Health {
  readonly writable: boolean
  readonly why: string
}

/** The intake as other rooms see it. All calls are asynchronous; positions are opaque. */
import type { AppId, EpochMs, IdentityKey, PartnerId, Position } from '../model/brand.ts'
import type { SettledState, Settlement } from '../model/disclosure.ts'
import type { RejectionCode } from '../model/errors.ts'
import type { AcceptedEvent } from '../model/event.ts'
import type { Reason } from '../model/reason.ts'
import type { RecentEvents } from '../simulate/ports.ts'

/** One event of a request, ready to be stored. */
export interface AppendItem {
  readonly event: AcceptedEvent
  /** The event as JSON, if available: made in steps, because a whole batch at once would block the thread. */
  readonly body?: string
  /** The event's messageId, unique within its app, for de-duplication; absent if the sender gave none. */
  readonly dedupeKey?: string
  /** Live partners whose contracts name this app and event: each makes one pair. */
  readonly partners: readonly PartnerId[]
}

/** All of one request, so that its counts of accepted, rejected and duplicate add up. */
export interface AppendRequest {
  readonly app: AppId
  readonly items: readonly AppendItem[]
  /** Events of this request that were refused, by code. */
  readonly rejected: Readonly<Partial<Record<RejectionCode, number>>>
}

/** For each item, in order. `duplicate` is a success for the sender: the event is stored already. */
export type AppendResult = readonly ('accepted' | 'duplicate')[]

export interface PulledEvent {
  readonly position: Position
  readonly event: AcceptedEvent
  /** From 1: the number of attempts at this pair, including this one. */
  readonly attempt: number
}

/** One pair's end, or its next attempt. */
export type Settle =
  | { readonly position: Position; readonly end: Settlement }
  | { readonly position: Position; readonly retryAt: EpochMs; readonly attempt: number }

export interface IntakeTotals {
  readonly events: {
    readonly received: number
    readonly accepted: number
    readonly rejected: number
    readonly duplicate: number
  }
  readonly rejectedByCode: Readonly<Record<string, number>>
  /**
   * For each partner: pairs routed and how they ended. `pending` is counted independently, not computed from the
   * others.
   */
  readonly pairs: Readonly<Record<string, PairTotals>>
}
export interface PairTotals {
  readonly routed: number
  readonly settled: Readonly<Record<SettledState, number>>
  readonly withheldBy: Readonly<Partial<Record<Reason, number>>>
  readonly pending: number
  /** When the oldest pending event was received; undefined if none is pending. */
  readonly oldestPendingAt: EpochMs | undefined
}

/** A pair that ended undelivered, for an operator to review. */
export interface DeadLetter {
  readonly position: Position
  readonly partner: PartnerId
  readonly eventKey: string
  readonly at: EpochMs
  readonly attempts: number
  readonly why: string
}

/** How many of one partner's dead letters are listed, and the time of the oldest. */
export interface DeadCount {
  readonly partner: PartnerId
  readonly count: number
  readonly oldestAt: EpochMs
}

export interface FoundMessage {
  readonly receivedAt: EpochMs
  readonly app: AppId
  readonly eventKey: string
  readonly partners: readonly PartnerId[]
  /** Undefined if it was erased or is damaged. */
  readonly event: AcceptedEvent | undefined
}

export interface Purged {
  /** Pairs that ended. */
  readonly ended: number
  /** Numbers of the keys that were destroyed. */
  readonly subjects: readonly number[]
  /** False while another program reads the file they were in: they are overwritten once it is closed. */
  readonly overwritten: boolean
}

export type RetriedDead = 'waits' | 'unknown' | 'gone' | 'in_doubt'

/** Selects dead letters; an absent member matches all. */
export interface DeadFilter {
  readonly partner?: string | undefined
  /** The event's name in contracts. */
  readonly event?: string | undefined
}
/** The result for all letters that a filter matched; those not requeued stay listed. */
export interface RetriedAll {
  readonly waits: number
  readonly gone: number
  readonly inDoubt: number
}

export interface Intake {
  /**
   * Resolves once every accepted item is synced to disk. Rejects with `ERR_INTAKE_UNAVAILABLE`; then nothing was
   * stored.
   */
  append(request: AppendRequest): Promise<AppendResult>
  /**
   * Up to `max` pairs for this partner that are due and not in flight, oldest first, retries before new ones. Pulled
   * pairs stay in flight until settled; after a restart all unsettled ones are pulled again.
   * @param resume the ledger's size, for one reader of several
   */
  pull(partner: PartnerId, max: number, resume?: number): Promise<readonly PulledEvent[]>
  /** Resolves once the ends and retries are durable. `resume` is stored with them: see `resumeFrom`. */
  settle(partner: PartnerId, settles: readonly Settle[], resume: number): Promise<void>
  /**
   * The last durable `resume` of a partner: the ledger size below which every record about this partner is reflected in
   * settlements. 0 if none is stored.
   */
  resumeFrom(partner: PartnerId): Promise<number>
  /** Calls back soon after pairs for the partner may have become due. One listener for each partner. */
  onReady(partner: PartnerId, listener: () => void): void
  /**
   * Events as accepted, newest first, those before `before`: at most `max`. Changes nothing: no pair is given out or
   * ended. Erased and unreadable events are left out and counted.
   */
  recent(before: Position | undefined, max: number): Promise<RecentEvents>
  /**
   * The event received under this messageId, in any of these apps, and the partners it was routed to; undefined if none
   * is stored, or if the key of its window is destroyed. Yields to other work.
   */
  findMessage(apps: readonly AppId[], messageId: string): Promise<FoundMessage | undefined>
  /**
   * Destroys these identities' keys of every epoch, and with them what the intake and the ledger hold sealed or blinded
   * under them; pending pairs end as `erased`. Resolves once no file holds the keys any more. Idempotent.
   * @param subjects numbers of keys that an earlier, interrupted purge may have destroyed already
   */
  purge(identities: readonly IdentityKey[], subjects?: readonly number[]): Promise<Purged>
  /**
   * Resolves once each of these identities durably has a key of this month: later records about them can be found by
   * them, and erased. Accepted events have one already; this is for requests that bypass the intake.
   */
  requireKeys(identities: readonly IdentityKey[]): Promise<void>
  /** True if one of these identities has a key: an accepted event was about it, and it was not erased since. */
  hasKeys(identities: readonly IdentityKey[]): Promise<boolean>
  totals(): Promise<IntakeTotals>
  deadLetters(after: string | undefined, max: number, filter?: DeadFilter): Promise<readonly DeadLetter[]>
  /** Partners with none are left out. */
  deadCounts(): Promise<readonly DeadCount[]>
  /**
   * Requeues a dead pair for one more attempt, decided again when it comes. Resolves once durable: `waits`; `unknown`
   * if no such letter is listed; `gone` if the event is no longer stored; `in_doubt` if it may have been disclosed, so
   * that another attempt could be a second disclosure.
   */
  retryDead(position: Position, partner: PartnerId): Promise<RetriedDead>
  /** `retryDead` for every letter that the filter matches, newest first. Yields to other work. */
  retryAllDead(filter: DeadFilter): Promise<RetriedAll>
  /** Removes every letter that the filter matches from the list; returns their number. */
  discardAllDead(filter: DeadFilter): Promise<number>
  /** Removes a letter from the list; the pair keeps its end. False if it was not listed. Resolves once durable. */
  discardDead(position: Position, partner: PartnerId): Promise<boolean>
  /** Whether appends work now; `why` is a word for `/readyz`. */
  health(): { readonly writable: boolean; readonly why: string }
  /** Syncs, checkpoints and closes. */
  close(): Promise<void>
}

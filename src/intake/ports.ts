/** What others may ask of the intake. All calls are asynchronous; positions are opaque. */
import type { AppId, EpochMs, IdentityKey, PartnerId, Position } from '../model/brand.ts'
import type { SettledState, Settlement } from '../model/disclosure.ts'
import type { RejectionCode } from '../model/errors.ts'
import type { AcceptedEvent } from '../model/event.ts'
import type { Reason } from '../model/reason.ts'
import type { RecentEvents } from '../simulate/ports.ts'

/** One event of a request, ready to be kept. */
export interface AppendItem {
  readonly event: AcceptedEvent
  /** The event as JSON, where it is at hand already: made bit by bit, since a batch's at once would hold the thread. */
  readonly body?: string
  /** The event's messageId, which names it within its app for de-duplication; absent where the sender gave no messageId. */
  readonly dedupeKey?: string
  /** Live partners whose contracts name this app and event: each makes one pair. */
  readonly partners: readonly PartnerId[]
}

/** All of one request, so that the counts of accepted, rejected and duplicate close with it. */
export interface AppendRequest {
  readonly app: AppId
  readonly items: readonly AppendItem[]
  /** Events of this request that were refused, by code. */
  readonly rejected: Readonly<Partial<Record<RejectionCode, number>>>
}

/** For each item, in order. `duplicate` is a success for the sender: the event is kept already. */
export type AppendResult = readonly ('accepted' | 'duplicate')[]

export interface PulledEvent {
  readonly position: Position
  readonly event: AcceptedEvent
  /** From 1: how many times this pair has been tried, this time included. */
  readonly attempt: number
}

/** One pair's end, or its next try. */
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
  /** For each partner: pairs routed and how they ended. `pending` is counted from what lies waiting, not computed from the others. */
  readonly pairs: Readonly<Record<string, PairTotals>>
}
export interface PairTotals {
  readonly routed: number
  readonly settled: Readonly<Record<SettledState, number>>
  readonly withheldBy: Readonly<Partial<Record<Reason, number>>>
  readonly pending: number
  /** When the oldest pending event was received; undefined when none waits. */
  readonly oldestPendingAt: EpochMs | undefined
}

/** A pair that came to its end without being delivered, for an operator to look at. */
export interface DeadLetter {
  readonly position: Position
  readonly partner: PartnerId
  readonly eventKey: string
  readonly at: EpochMs
  readonly attempts: number
  readonly why: string
}

/** How many of one partner's dead letters are listed, and since when the oldest is. */
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
  /** Undefined where it was erased, or is damaged. */
  readonly event: AcceptedEvent | undefined
}

export interface Purged {
  /** Pairs that ended. */
  readonly ended: number
  /** Numbers of the keys that were destroyed. */
  readonly subjects: readonly number[]
  /** False while another program reads the file they were in: overwritten once it lets go. */
  readonly overwritten: boolean
}

export type RetriedDead = 'waits' | 'unknown' | 'gone' | 'in_doubt'

/** Which dead letters; without a member, whatever it is. */
export interface DeadFilter {
  readonly partner?: string | undefined
  /** As contracts call it. */
  readonly event?: string | undefined
}
/** What became of all letters that a filter found; those that do not wait stay listed. */
export interface RetriedAll {
  readonly waits: number
  readonly gone: number
  readonly inDoubt: number
}

export interface Intake {
  /** Resolves once every accepted item is synced to disk. Rejects with `ERR_INTAKE_UNAVAILABLE`; then nothing was kept. */
  append(request: AppendRequest): Promise<AppendResult>
  /**
   * Up to `max` pairs for this partner that are due and not under way, oldest first, retries before new ones.
   * Pulled pairs stay under way until settled; after a restart all unsettled ones come again.
   * @param resume how large the ledger is, for a reader that is one of several
   */
  pull(partner: PartnerId, max: number, resume?: number): Promise<readonly PulledEvent[]>
  /** Resolves when the ends and retries are durable. `resume` is kept with them: see `resumeFrom`. */
  settle(partner: PartnerId, settles: readonly Settle[], resume: number): Promise<void>
  /**
   * The last durable `resume` of a partner: the ledger size below which every record about this partner is reflected
   * in settlements. 0 where none was kept.
   */
  resumeFrom(partner: PartnerId): Promise<number>
  /** Calls back soon after pairs for the partner may have become due. One listener per partner. */
  onReady(partner: PartnerId, listener: () => void): void
  /**
   * Events as they were accepted, newest first, those before `before`: at most `max`. Reading changes nothing: no pair
   * is given out, none ends. What was erased or cannot be read is left out and counted.
   */
  recent(before: Position | undefined, max: number): Promise<RecentEvents>
  /**
   * The event that came under this messageId, in any of these apps, and the partners it was routed to; undefined where
   * none is kept, or the key under which ids of its window were remembered is destroyed. Other work goes on in between.
   */
  findMessage(apps: readonly AppId[], messageId: string): Promise<FoundMessage | undefined>
  /**
   * Destroys these identities' keys of every epoch, and with them what the intake and the ledger hold sealed or blinded
   * under them; pairs that wait end as `erased`. Resolves once no file holds the keys any more. A second time it finds nothing.
   * @param subjects numbers of keys that an earlier, interrupted purge may have destroyed already
   */
  purge(identities: readonly IdentityKey[], subjects?: readonly number[]): Promise<Purged>
  /**
   * Resolves once each of these identities has a key of this month, durable: what is recorded about them from then on can
   * be found by them, and erased. Events have theirs before they are accepted; this is for what passes the intake by.
   */
  requireKeys(identities: readonly IdentityKey[]): Promise<void>
  /** True where one of these identities has a key: an accepted event was about it, and it was not erased since. */
  hasKeys(identities: readonly IdentityKey[]): Promise<boolean>
  totals(): Promise<IntakeTotals>
  deadLetters(after: string | undefined, max: number, filter?: DeadFilter): Promise<readonly DeadLetter[]>
  /** Partners with none are left out. */
  deadCounts(): Promise<readonly DeadCount[]>
  /**
   * Lets a pair that ended as dead wait again, for one more try, decided afresh when it comes. Resolves once durable:
   * `waits`; `unknown` where no such letter is listed; `gone` where the event is no longer kept; `in_doubt` where it may
   * have been disclosed, so that another try could be a second disclosure.
   */
  retryDead(position: Position, partner: PartnerId): Promise<RetriedDead>
  /** `retryDead` for every letter that the filter finds, newest first. Other work goes on in between. */
  retryAllDead(filter: DeadFilter): Promise<RetriedAll>
  /** Takes every letter off the list that the filter finds; how many they were. */
  discardAllDead(filter: DeadFilter): Promise<number>
  /** Takes a letter off the list; the pair stays as it ended. False where it was not listed. Resolves once durable. */
  discardDead(position: Position, partner: PartnerId): Promise<boolean>
  /** Whether appends work right now; `why` is a word for `/readyz`. */
  health(): { readonly writable: boolean; readonly why: string }
  /** Syncs, checkpoints and closes. */
  close(): Promise<void>
}

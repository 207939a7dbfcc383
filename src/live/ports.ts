/** The live tail: calls of the data plane, and what watchers read. */
import type { AppId, EpochMs, IdentityKey, JsonObject, PartnerId } from '../model/brand.ts'
import type { Decision } from '../model/decision.ts'
import type { Outcome } from '../model/disclosure.ts'
import type { AcceptedEvent } from '../model/event.ts'
import type { Reason } from '../model/reason.ts'

/** The result of an incoming event. */
export type Arrival = 'accepted' | 'duplicate' | 'not_kept'

/** Called by the data plane. Without a watcher, each call costs one check of a flag. */
export interface Tail {
  /** True while there is a watcher. */
  readonly isOn: boolean
  /** Counts an event; true if it is shown. Call once per event while `isOn`. */
  takes(): boolean
  /** A shown event is about to be stored. From now on its pairs are shown. */
  arrives(raw: JsonObject, event: AcceptedEvent, partners: readonly PartnerId[]): void
  kept(event: AcceptedEvent, arrival: Arrival): void
  refused(app: AppId, code: string, events: number): void
  /** The end of a pair of a shown event, or an attempt at it. */
  pair(partner: PartnerId, event: AcceptedEvent, end: PairEnd): void
}

/** Called by the data plane about sending SDKs. */
export interface SdkListener {
  /** A request of this app, with the first of its events. */
  sent(app: AppId, event: JsonObject, shared: JsonObject | undefined): void
  /** An SDK requested its settings, as SDKs do before they send. */
  asked(app: AppId): void
  /** A request was refused; `app` is undefined if unknown. */
  refused(app: AppId | undefined, code: string): void
}

export type PairEnd =
  | { readonly kind: 'tried'; readonly decision: Decision; readonly outcome: Outcome; readonly cause: string }
  | { readonly kind: 'withheld'; readonly decision: Decision; readonly why: Reason; readonly hit: string }

/** One entry of the tail. Contains no values. */
export type TailRecord = { readonly seq: number; readonly at: EpochMs } & (
  | {
      readonly kind: 'event'
      /** Number of the event, in the tail only. */
      readonly id: number
      readonly app: string
      readonly event: string
      readonly type: string
      readonly arrival: Arrival
      readonly partners: readonly string[]
      readonly stopped: readonly string[]
      readonly leaves: readonly ShownLeaf[]
      /** Number of further leaves. */
      readonly more: number
      readonly bytes: number
    }
  | {
      readonly kind: 'pair'
      readonly id: number
      readonly partner: string
      readonly result: PairResult
      /** The binding reason, and its sentence. */
      readonly why: string
      readonly because: string
      /** Cause if not delivered, in words. */
      readonly cause: string
      readonly fields: readonly ShownField[]
    }
  | {
      readonly kind: 'refused'
      readonly app: string
      readonly code: string
      readonly says: string
      readonly events: number
    }
)
/** `limited`: delivered with restrictions. `again`: not delivered, will be retried. */
export type PairResult = 'sent' | 'limited' | 'withheld' | 'again' | 'dead' | 'unknown' | 'cancelled'

export interface ShownLeaf {
  /** A key that looks like a value is replaced by its length. */
  readonly path: string
  readonly classes: readonly string[]
  readonly signals: readonly string[]
  readonly type: 'text' | 'number' | 'true or false' | 'nothing'
  /** Letters or digits. */
  readonly length: number
  readonly kept: boolean
  readonly note: string
}
export interface ShownField {
  readonly field: string
  readonly treatment: string
  readonly why: string
  readonly because: string
}

export interface TailPage {
  readonly items: readonly TailRecord[]
  readonly next: string
  /** True if more records are available. */
  readonly more: boolean
  /** Records lost before this reader could read them. */
  readonly missed: number
  /** Events since the watch began, and how many of them were shown. */
  readonly passed: number
  readonly shown: number
}

export interface TailReader {
  /**
   * Returns new records, waiting at most `waitMs` for one. A reader that stops calling no longer counts as a watcher.
   * @param mayOpen whether this reader may open bodies: they are held only for such readers
   */
  read(asked: {
    readonly after: string | undefined
    readonly waitMs: number
    readonly mayOpen: boolean
  }): Promise<TailPage>
  /** An event as received, and its subjects; undefined if no longer held. */
  body(id: number): { readonly raw: JsonObject; readonly subjects: readonly IdentityKey[] } | undefined
  /** Ends the watch and all waiting reads. */
  close(): void
}

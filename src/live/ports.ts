/** What passes through, for somebody who watches: what the data plane tells, and what a watcher reads. */
import type { AppId, EpochMs, IdentityKey, JsonObject, PartnerId } from '../model/brand.ts'
import type { Decision } from '../model/decision.ts'
import type { Outcome } from '../model/disclosure.ts'
import type { AcceptedEvent } from '../model/event.ts'
import type { Reason } from '../model/reason.ts'

/** What became of an event that came in. */
export type Arrival = 'accepted' | 'duplicate' | 'not_kept'

/** What the data plane tells. Each costs a look at one flag while nobody watches. */
export interface Tail {
  /** True while somebody watches. */
  readonly isOn: boolean
  /** Counts an event that passes; true where this one is shown. Asked once for each, while somebody watches. */
  takes(): boolean
  /** An event that is shown is about to be kept. Pairs of it are shown from here on. */
  arrives(raw: JsonObject, event: AcceptedEvent, partners: readonly PartnerId[]): void
  kept(event: AcceptedEvent, arrival: Arrival): void
  refused(app: AppId, code: string, events: number): void
  /** How a pair of an event that is shown ended, or was tried. */
  pair(partner: PartnerId, event: AcceptedEvent, end: PairEnd): void
}

/** What the data plane tells of the SDKs that send. */
export interface SdkListener {
  /** A request of this app, by the first of its events. */
  sent(app: AppId, event: JsonObject, shared: JsonObject | undefined): void
  /** It asked for its settings, as SDKs do before they send. */
  asked(app: AppId): void
  /** A request was refused; undefined where it named no app that is known. */
  refused(app: AppId | undefined, code: string): void
}

export type PairEnd =
  | { readonly kind: 'tried'; readonly decision: Decision; readonly outcome: Outcome; readonly cause: string }
  | { readonly kind: 'withheld'; readonly decision: Decision; readonly why: Reason; readonly hit: string }

/** One thing that happened, as a watcher is told it. Holds no value. */
export type TailRecord = { readonly seq: number; readonly at: EpochMs } & (
  | {
      readonly kind: 'event'
      /** Of this event; known to nobody else. */
      readonly id: number
      readonly app: string
      readonly event: string
      readonly type: string
      readonly arrival: Arrival
      readonly partners: readonly string[]
      readonly stopped: readonly string[]
      readonly leaves: readonly ShownLeaf[]
      /** Leaves beyond those shown. */
      readonly more: number
      readonly bytes: number
    }
  | {
      readonly kind: 'pair'
      readonly id: number
      readonly partner: string
      readonly result: PairResult
      /** The reason that binds, and its sentence. */
      readonly why: string
      readonly because: string
      /** Why it was not delivered, for people. */
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
/** `limited`: delivered, with something that restricts. `again`: not delivered, tried again. */
export type PairResult = 'sent' | 'limited' | 'withheld' | 'again' | 'dead' | 'unknown' | 'cancelled'

export interface ShownLeaf {
  /** A step that looks like a value is shown as its length. */
  readonly path: string
  readonly classes: readonly string[]
  readonly signals: readonly string[]
  readonly type: 'text' | 'number' | 'true or false' | 'nothing'
  /** Letters, or digits. */
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
  /** True where more is there already. */
  readonly more: boolean
  /** Records that this reader was too late for. */
  readonly missed: number
  /** Since somebody began to watch: events that passed, and of them those shown. */
  readonly passed: number
  readonly shown: number
}

export interface TailReader {
  /**
   * What happened since; waits for something, at most so long. Whoever stops asking has stopped watching.
   * @param mayOpen whether this reader may ask for bodies: they are held while somebody may
   */
  read(asked: {
    readonly after: string | undefined
    readonly waitMs: number
    readonly mayOpen: boolean
  }): Promise<TailPage>
  /** An event as it was received, and whom it is about; undefined where it is no longer held. */
  body(id: number): { readonly raw: JsonObject; readonly subjects: readonly IdentityKey[] } | undefined
  /** Nobody watches any more, and nobody waits. */
  close(): void
}

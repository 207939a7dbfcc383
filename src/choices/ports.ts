/** Opt-out state: who chose what, what sticks, and whether an answer is still current. */
import type { AppId, EpochMs, Handle, IdentityKey } from '../model/brand.ts'
import type { Channel, ChoiceStatement, Observation, StandingChoice } from '../model/choice.ts'
import type { Identity, Standing } from '../model/event.ts'

/** Proof of when a state was read; compare with `isCurrent` before acting on it. */
export type Stamp = number

/** One atomic word that choices, links, child status, revisions and kill switches all bump. */
export interface Freshness {
  /** The current generation. */
  stamp(): Stamp
  /** One atomic load. */
  isCurrent(stamp: Stamp): boolean
  /** Bumps the generation; resolves when every data thread has confirmed it at a turn boundary. */
  publish(): Promise<void>
}

export interface Choices {
  /** The keyed pseudonym under which choices about this identity are kept. Never reversible without the index key. */
  keyOf(identity: Identity): IdentityKey
  /** Everything that stands for any of these identities, merged; strictest wins. Synchronous: it is the re-check. */
  lookup(keys: readonly IdentityKey[]): { readonly standing: Standing; readonly stamp: Stamp }
  /** Each stored statement for these identities, newest first. */
  list(keys: readonly IdentityKey[]): readonly StandingChoice[]
  /**
   * Keeps links and sticky signals of a request's events. Resolves once durable and in force; at once where there is
   * nothing new to keep. MUST be awaited before the events are acknowledged.
   */
  observe(observations: readonly Observation[]): Promise<void>
  /**
   * Stores a choice against these identities and every identity linked to them. Resolves once durable and in force on
   * every data thread, to the identities it is about, those named first: no request that ignores it begins after.
   * Widening is the caller's to authorise.
   */
  put(keys: readonly IdentityKey[], statement: ChoiceStatement): Promise<readonly IdentityKey[]>
  /** A fresh opaque handle for staff, good for an hour. */
  handleFor(keys: readonly IdentityKey[]): Handle
  /** The keys behind a handle, or undefined when unknown or expired. */
  keysOf(handle: Handle): readonly IdentityKey[] | undefined
  counts(): Promise<{ readonly choices: number; readonly links: number }>
  health(): { readonly writable: boolean; readonly why: string }
  close(): Promise<void>
}

/** Puts a choice in force and on record. `app` is left out where staff said it. */
export type StateChoice = (keys: readonly IdentityKey[], statement: ChoiceStatement, app?: AppId) => Promise<void>

/** Whose identities belong together, by the narrow reading: see `person.ts`. */
export interface PersonKeys {
  /** The identities asked about first. */
  readonly keys: readonly IdentityKey[]
  /** Devices linked to the person that another account uses too: left out unless asked for. */
  readonly sharedDevices: number
  /** Other accounts linked to these identities: always left out. */
  readonly otherAccounts: number
  /** False where there were more links than are looked at. */
  readonly complete: boolean
}

export interface ErasureUnderWay {
  readonly id: string
  readonly at: EpochMs
  readonly channel: Channel
  readonly keys: readonly IdentityKey[]
  /** Numbers of the subject keys it destroys, as far as they are known. */
  readonly subjects: readonly number[]
  /** The recipients are on record in the ledger. */
  readonly recorded: boolean
}

/** The choices' part of an erasure. What each call resolves to is durable. */
export interface ErasureSteps {
  personOf(named: readonly IdentityKey[], withShared: boolean): Promise<PersonKeys>
  /**
   * Leaves of these identities nothing but restrictions (see `erase.ts`) and keeps the erasure as under way, in one
   * commit. Resolves once the restrictions are in force on every data thread.
   */
  beginErasure(erasure: Omit<ErasureUnderWay, 'subjects' | 'recorded'>): Promise<void>
  noteErasure(id: string, subjects: readonly number[], recorded: boolean): Promise<void>
  /** Nothing but the restrictions is left, in no file. */
  endErasure(id: string): Promise<void>
  /** Oldest first. */
  erasuresUnderWay(): Promise<readonly ErasureUnderWay[]>
  /** Notes devices whose owner was erased, for the limited time the policy keeps them against fraud. */
  keepForFraud(keys: readonly IdentityKey[], until: EpochMs): Promise<void>
  /** Until when any of these is kept so; undefined where none is. */
  keptForFraud(keys: readonly IdentityKey[], now: EpochMs): Promise<EpochMs | undefined>
}

/** Which records of the ledger the choices reflect, for starting after a restore. */
export interface Reflection {
  /** Every choice in the ledger below this size is reflected here. */
  reflected(): Promise<number>
  reflect(size: number): Promise<void>
}

/** A deletion request of another company. */
export interface DeletionRequest {
  /** Keyed reference of its id. */
  readonly ref: string
  readonly issuer: string
  readonly at: EpochMs
  readonly key: IdentityKey
}
export interface DeletionRequests {
  /** False where it was kept before: a replay. */
  keepDeletion(request: DeletionRequest): Promise<boolean>
  /** Those that staff has not dealt with, oldest first. */
  openDeletions(max: number): Promise<readonly DeletionRequest[]>
}

/** Opt-out state: who chose what, what sticks, and whether an answer is still current. */
import type { AppId, EpochMs, Handle, IdentityKey, NodeId } from '../model/brand.ts'
import type { Channel, ChoiceStatement, Observation, StandingChoice } from '../model/choice.ts'
import type { Identity, Standing } from '../model/event.ts'
import type { Swept } from './aging.ts'
import type { Changed } from './last-changed.ts'
import type { Link } from './store.ts'

/** Proof of when a state was read; compare with `isCurrent` before acting on it. */
export type Stamp = number

/** What choices, links, child status, revisions and kill switches all tell of their changes. */
export interface Freshness {
  /** The current generation. */
  stamp(): Stamp
  /**
   * True while nothing changed for any of these since; without keys, for anybody. One atomic load where nothing changed
   * at all, otherwise one for each key and one.
   */
  isCurrent(stamp: Stamp, keys?: readonly IdentityKey[]): boolean
  /** Makes older stamps about these stale at once. What changed MUST be durable, and found by look-ups, before. */
  outdate(changed: Changed): void
  /** The same, for everyone unless told otherwise; resolves when every data thread has confirmed it at a turn boundary. */
  publish(changed?: Changed): Promise<void>
}

/**
 * What stands, as this process knows it: local, so that it can be asked in the turn in which a first byte would leave. It
 * follows the log; where it cannot tell that it is as new as it has to be, it MUST throw.
 */
export interface ChoicesView {
  /**
   * Everything that stands for any of these identities, merged; strictest wins. Throws `ERR_CHOICES_UNAVAILABLE` where it
   * cannot be read: then withhold.
   */
  lookup(keys: readonly IdentityKey[]): { readonly standing: Standing; readonly stamp: Stamp }
  /** True while nothing changed for any of these since. */
  isCurrent(stamp: Stamp, keys: readonly IdentityKey[]): boolean
  /** True where something stands on one of these identities, or links it: an event or a choice named it before. */
  isSeen(keys: readonly IdentityKey[]): boolean
}

/** A place in the log's one order. Later ones are larger, and nothing else is promised of them. */
export type LogPosition = number

/** What an append came to: durable, at this place. */
export interface Appended<T> {
  readonly value: T
  readonly at: LogPosition
}

/** Something was taken away from these, said at that time. */
export interface Lift {
  readonly keys: Changed
  readonly at: EpochMs
}

/** What the feed tells of one append, or of several. */
export interface LogEntry {
  /** All appends up to this place have been told of. */
  readonly at: LogPosition
  /** Whose state it changed. */
  readonly changed: Changed
  /** Restrictions that stand there no longer. */
  readonly lifts: readonly Lift[]
}

/**
 * What everybody said, in one order: the rules of `write.ts` run inside it. Each append resolves once it is durable, and
 * rejects with `ERR_CHOICES_UNAVAILABLE`; what was rejected may have been kept. It is in force nowhere yet.
 */
export interface ChoicesLog {
  put(keys: readonly IdentityKey[], statement: ChoiceStatement): Promise<Appended<Reached>>
  observe(observations: readonly Observation[]): Promise<Appended<readonly Kept[]>>
  beginErasure(erasure: Parameters<ErasureSteps['beginErasure']>[0]): Promise<Appended<undefined>>
  /** Lets the second of each pair begin with what restricts the first (`split.ts`). */
  inherit(pairs: readonly (readonly [IdentityKey, IdentityKey])[]): Promise<Appended<undefined>>
  addNamespaces(names: readonly string[]): Promise<Appended<undefined>>
  /** One page of what time takes away, see `aging.ts`. */
  expirePermissions(before: EpochMs, after: number): Promise<Appended<Swept<number>>>
  pruneLinks(before: number, after: Link | undefined): Promise<Appended<Swept<Link>>>
  /** Users of whom anything is known, after this key, in their keys' order. */
  usersAfter(after: string, max: number): Promise<readonly IdentityKey[]>
  /** Each stored statement for these identities, newest first. */
  list(keys: readonly IdentityKey[]): Promise<readonly StandingChoice[]>
  /**
   * Tells of each append in order, this process's own and everybody else's, late or several at once; of one that was
   * rejected as well, where it may have been kept. Look-ups through the view find what is told of. Called once, first.
   */
  follow(told: (entry: LogEntry) => void): void
}

/** What a choice reached. */
export interface Reached {
  /** Those it was said of first. */
  readonly keys: readonly IdentityKey[]
  /** False where there were more linked identities than a choice reaches. */
  readonly complete: boolean
}

/** What writing an observation came to. */
export interface Kept {
  /** Somebody is more restricted than before: it must be in force before it is acknowledged. */
  readonly narrowed: boolean
  /** An earlier signal of the device stands no longer. */
  readonly lifted: boolean
  /** Saying exactly this again would change nothing. */
  readonly settled: boolean
}

export interface Choices extends ChoicesView {
  /** The keyed pseudonym under which choices about this identity are kept. Never reversible without the index key. */
  keyOf(identity: Identity): IdentityKey
  /** Keys that earlier formulas gave it, where they differ: they may only restrict, find or erase. Mostly none. */
  formerKeysOf(identity: Identity): readonly IdentityKey[]
  /** Both: what a look-up, an erasure or a statement about the identity asks for. */
  keysFor(identity: Identity): readonly IdentityKey[]
  /** Each stored statement for these identities, newest first. */
  list(keys: readonly IdentityKey[]): Promise<readonly StandingChoice[]>
  /**
   * Keeps links and sticky signals of a request's events. Resolves once durable and in force; at once where there is
   * nothing new to keep. MUST be awaited before the events are acknowledged.
   */
  observe(observations: readonly Observation[]): Promise<void>
  /**
   * Stores a choice against these identities and every identity linked to them. Resolves once durable and in force on
   * every data thread, to the identities it is about, those named first: no request that ignores it begins after. Rejects
   * with `ERR_CHOICES_UNAVAILABLE` where there are more linked identities than a choice reaches, unless `partly`.
   * Widening is the caller's to authorise.
   */
  put(
    keys: readonly IdentityKey[],
    statement: ChoiceStatement,
    options?: { readonly partly?: boolean },
  ): Promise<readonly IdentityKey[]>
  /**
   * Makes the namespaces that are new ready: what restricts a user of the default one restricts whoever has the id in a new
   * one. MUST be awaited before an app speaks of its users in them; then once more with `last`, after which they are
   * known, cost nothing and share nothing with the default one any more.
   */
  splitNamespaces(names: readonly string[], last: boolean): Promise<void>
  /** A fresh opaque handle for staff, good for an hour. */
  handleFor(keys: readonly IdentityKey[]): Handle
  /** The keys behind a handle, or undefined when unknown or expired. */
  keysOf(handle: Handle): readonly IdentityKey[] | undefined
  counts(): Promise<{ readonly choices: number; readonly links: number }>
  health(): { readonly writable: boolean; readonly why: string }
  close(): Promise<void>
}

/** What time takes away. Resolves once in force, to how many that were. Gives way after each page. */
export interface Aging {
  /** Permissions said before `before`: none of them permits anything any more. */
  expirePermissions(before: EpochMs): Promise<number>
  /** Links that nothing confirmed in this month (since 1970) or later; each end keeps what restricts the other. */
  pruneLinks(before: number): Promise<number>
}

/**
 * Puts a choice in force and on record, and has partners told of it. `app` is left out where staff said it; `named` are
 * identities of the request in the clear, where it had any.
 */
export type StateChoice = (
  keys: readonly IdentityKey[],
  statement: ChoiceStatement,
  app?: AppId,
  named?: readonly Identity[],
) => Promise<void>

/** Has partners told of a choice that is in force. Resolves once that will happen, whatever else happens. */
export type TellOfChoice = (choice: {
  /** All that it reached. */
  readonly keys: readonly IdentityKey[]
  readonly brought: readonly Identity[]
  readonly said: ChoiceStatement
  readonly app?: AppId
}) => Promise<void>

/** Whose identities belong together, by the narrow reading: see `person.ts`. */
export interface PersonKeys {
  /** The identities asked about first. */
  readonly keys: readonly IdentityKey[]
  /** Devices linked to the person that another account uses too: left out unless asked for. */
  readonly sharedDevices: number
  /** Other accounts linked to these identities: left out unless asked for. */
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
  personOf(named: readonly IdentityKey[], withShared: boolean, withAccounts?: boolean): Promise<PersonKeys>
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

/** Signals that were learnt and are in `choices.db` no longer. */
export interface LostSignals {
  /** How many there once were; undefined where nobody counted: the file is new. */
  readonly learnt: number | undefined
  readonly kept: number
}

/**
 * Which records of the ledger the choices reflect, for starting after a restore. Every node has a ledger of its own and
 * speaks for that one alone.
 */
export interface Reflection {
  /** Every choice in this node's ledger below this size is reflected here. */
  reflected(): Promise<number>
  reflect(size: number): Promise<void>
}

/** The same of all nodes that ever said so. */
export interface Reflections extends Reflection {
  reflectedByNode(): Promise<ReadonlyMap<NodeId, number>>
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

/** What a sealed part of a REQUEST says. */
export type Told =
  | {
      readonly kind: 'choice'
      readonly key: IdentityKey
      /** False where it came along a link: then it only narrows. */
      readonly named: boolean
      readonly said: ChoiceStatement
    }
  | {
      readonly kind: 'erasure'
      readonly key: IdentityKey
      /** A day. Records made before format 4 of the ledger say the moment, and name the erasure. */
      readonly at: EpochMs
      readonly channel: Channel
    }

export interface RequestSeal {
  seal(told: Told): string
  /** Undefined where it was sealed under another key, or was altered. */
  open(sealed: string): Told | undefined
}

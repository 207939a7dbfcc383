/** Opt-out state: choices, sticky signals, and whether a look-up is still current. */
import type { AppId, EpochMs, Handle, IdentityKey, NodeId } from '../model/brand.ts'
import type { Channel, ChoiceStatement, Observation, StandingChoice } from '../model/choice.ts'
import type { Identity, Standing } from '../model/event.ts'
import type { Swept } from './aging.ts'
import type { Changed } from './last-changed.ts'
import type { Link } from './store.ts'

/** The generation at which a state was read; check with `isCurrent` before acting on it. */
export type Stamp = number

/** Shared by choices, links, child status, revisions and kill switches to announce changes. */
export interface Freshness {
  /** The current generation. */
  stamp(): Stamp
  /**
   * True if nothing changed since for these keys; without keys, for any. One atomic load if nothing changed at all,
   * otherwise one more for each key.
   */
  isCurrent(stamp: Stamp, keys?: readonly IdentityKey[]): boolean
  /** Makes older stamps of these identities stale at once. The change MUST be durable and visible to look-ups first. */
  outdate(changed: Changed): void
  /** Like `outdate`, by default for everyone; resolves when every data thread has confirmed at a turn boundary. */
  publish(changed?: Changed): Promise<void>
}

/**
 * The local, synchronous view of active statements, so that it can be read in the turn in which a first byte is sent. It
 * follows the log. If it cannot prove that it is fresh, it MUST throw.
 */
export interface ChoicesView {
  /**
   * Everything active for these identities, merged; the strictest wins. Throws `ERR_CHOICES_UNAVAILABLE` if it cannot be
   * read; the caller then withholds.
   */
  lookup(keys: readonly IdentityKey[]): { readonly standing: Standing; readonly stamp: Stamp }
  /** True if nothing changed since for these keys. */
  isCurrent(stamp: Stamp, keys: readonly IdentityKey[]): boolean
  /** True if one of these identities has an active statement or a link, so was named before. */
  isSeen(keys: readonly IdentityKey[]): boolean
}

/** A position in the log. Later positions are larger; nothing else is guaranteed. */
export type LogPosition = number

/** The result of a durable append. */
export interface Appended<T> {
  readonly value: T
  readonly at: LogPosition
}

/** A statement of this time was removed from these identities. */
export interface Lift {
  readonly keys: Changed
  readonly at: EpochMs
}

/** A feed entry for one or several appends. */
export interface LogEntry {
  /** All appends up to this position are included. */
  readonly at: LogPosition
  /** Identities whose state changed. */
  readonly changed: Changed
  /** Restrictions that are no longer active. */
  readonly lifts: readonly Lift[]
}

/**
 * All statements in one order; the rules of `write.ts` run inside it. An append resolves once durable and rejects with
 * `ERR_CHOICES_UNAVAILABLE`; a rejected one may still have been stored. A resolved append is not yet in force.
 */
export interface ChoicesLog {
  put(keys: readonly IdentityKey[], statement: ChoiceStatement): Promise<Appended<Reached>>
  observe(observations: readonly Observation[]): Promise<Appended<readonly Kept[]>>
  beginErasure(erasure: Parameters<ErasureSteps['beginErasure']>[0]): Promise<Appended<undefined>>
  /** Copies the restrictions of the first of each pair to the second (`split.ts`). */
  inherit(pairs: readonly (readonly [IdentityKey, IdentityKey])[]): Promise<Appended<undefined>>
  addNamespaces(names: readonly string[]): Promise<Appended<undefined>>
  /** One page of `aging.ts`. */
  expirePermissions(before: EpochMs, after: number): Promise<Appended<Swept<number>>>
  pruneLinks(before: number, after: Link | undefined): Promise<Appended<Swept<Link>>>
  /** Known users after this key, in key order. */
  usersAfter(after: string, max: number): Promise<readonly IdentityKey[]>
  /** Each stored statement for these identities, newest first. */
  list(keys: readonly IdentityKey[]): Promise<readonly StandingChoice[]>
  /**
   * Delivers all appends in order, this process's own and others', possibly late and batched; also a rejected one that may
   * have been stored. Look-ups through the view see what was delivered. MUST be called once, before anything else.
   */
  follow(onEntry: (entry: LogEntry) => void): void
}

/** The identities that a choice reached. */
export interface Reached {
  /** The named identities first. */
  readonly keys: readonly IdentityKey[]
  /** False if there were more linked identities than a choice may reach. */
  readonly complete: boolean
}

/** The result of writing an observation. */
export interface Kept {
  /** Something is more restricted than before: it must be in force before it is acknowledged. */
  readonly narrowed: boolean
  /** An earlier signal of the device was lifted. */
  readonly lifted: boolean
  /** Writing the same again would change nothing. */
  readonly settled: boolean
}

export interface Choices extends ChoicesView {
  /** The keyed pseudonym under which this identity's choices are stored. Not reversible without the index key. */
  keyOf(identity: Identity): IdentityKey
  /** Its keys under earlier formulas, if different: they may only restrict, find or erase. Usually none. */
  formerKeysOf(identity: Identity): readonly IdentityKey[]
  /** Both, for a look-up, an erasure or a statement. */
  keysFor(identity: Identity): readonly IdentityKey[]
  /** Each stored statement for these identities, newest first. */
  list(keys: readonly IdentityKey[]): Promise<readonly StandingChoice[]>
  /**
   * Stores links and sticky signals of a request's events. Resolves once durable and in force; at once if nothing is new.
   * MUST be awaited before the events are acknowledged.
   */
  observe(observations: readonly Observation[]): Promise<void>
  /**
   * Stores a choice for these identities and all identities linked to them. Resolves once durable and in force on every data
   * thread: no request that ignores it begins afterwards. The result lists the reached identities, the named ones first.
   * Rejects with `ERR_CHOICES_UNAVAILABLE` if there are more linked identities than a choice may reach, unless `partly`.
   * The caller authorises widening.
   */
  put(
    keys: readonly IdentityKey[],
    statement: ChoiceStatement,
    options?: { readonly partly?: boolean },
  ): Promise<readonly IdentityKey[]>
  /**
   * Prepares new namespaces: restrictions of a user in the default namespace are copied to the same id in the new one. MUST
   * be awaited before an app uses them, then once more with `last`, after which they are known and share nothing with the
   * default namespace.
   */
  splitNamespaces(names: readonly string[], last: boolean): Promise<void>
  /** A new opaque handle for staff, valid for an hour. */
  handleFor(keys: readonly IdentityKey[]): Handle
  /** The keys behind a handle; undefined if invalid or expired. */
  keysOf(handle: Handle): readonly IdentityKey[] | undefined
  counts(): Promise<{ readonly choices: number; readonly links: number }>
  health(): { readonly writable: boolean; readonly why: string }
  close(): Promise<void>
}

/** Expiry. Each call resolves once in force, to the number of removals. Yields after each page. */
export interface Aging {
  /** Expires permissions older than `before`. */
  expirePermissions(before: EpochMs): Promise<number>
  /** Removes links last confirmed before this month (since 1970); each end keeps the other's restrictions. */
  pruneLinks(before: number): Promise<number>
}

/**
 * Puts a choice in force and on record, and queues notices to partners. `app` is absent for staff; `named` are the
 * request's identities in the clear.
 */
export type StateChoice = (
  keys: readonly IdentityKey[],
  statement: ChoiceStatement,
  app?: AppId,
  named?: readonly Identity[],
) => Promise<void>

/** Queues notices to partners about choices that are in force. Resolves once they are durably queued. */
export type NotifyOfChoices = (
  choices: readonly {
    /** All identities that it reached. */
    readonly keys: readonly IdentityKey[]
    readonly brought: readonly Identity[]
    readonly said: ChoiceStatement
    readonly app?: AppId
  }[],
) => Promise<void>

/** The identities of one subject, read narrowly: see `person.ts`. */
export interface PersonKeys {
  /** The named identities first. */
  readonly keys: readonly IdentityKey[]
  /** Number of linked devices shared with another account; excluded by default. */
  readonly sharedDevices: number
  /** Number of other linked accounts; excluded by default. */
  readonly otherAccounts: number
  /** False if there were more links than are followed. */
  readonly complete: boolean
}

export interface ErasureUnderWay {
  readonly id: string
  readonly at: EpochMs
  readonly channel: Channel
  /** The first is the one under which the answer is kept. */
  readonly keys: readonly IdentityKey[]
  /** The subject has had this identity since then; answers of earlier erasures belong to someone else. */
  readonly since?: EpochMs
  /** Numbers of the subject keys to destroy, as far as known. */
  readonly subjects: readonly number[]
  /** The recipients are on record in the ledger. */
  readonly recorded: boolean
  /** Begun in another cell, which records the request. */
  readonly elsewhere?: true
}

/** The choices' part of an erasure. Each call resolves once durable. */
export interface ErasureSteps {
  personOf(named: readonly IdentityKey[], withShared: boolean, withAccounts?: boolean): Promise<PersonKeys>
  /**
   * Reduces these identities to restrictions (see `erase.ts`) and stores the erasure as in progress, in one commit.
   * Resolves once the restrictions are in force on every data thread.
   */
  beginErasure(erasure: Omit<ErasureUnderWay, 'subjects' | 'recorded' | 'elsewhere'>): Promise<void>
  noteErasure(id: string, subjects: readonly number[], recorded: boolean): Promise<void>
  /** Ends an erasure after only restrictions are left in every file. */
  endErasure(id: string): Promise<void>
  /** Oldest first. */
  erasuresUnderWay(): Promise<readonly ErasureUnderWay[]>
  /** Keeps devices of an erased subject for the limited time that the policy allows against fraud. */
  keepForFraud(keys: readonly IdentityKey[], until: EpochMs): Promise<void>
  /** Until when any of these is kept against fraud; undefined if none is. */
  keptForFraud(keys: readonly IdentityKey[], now: EpochMs): Promise<EpochMs | undefined>
}

/** What the cells of a cluster know of each other's parts of an erasure. */
export interface SharedErasures {
  /** Cells that have not done their part. */
  unfinishedCells(id: string): Promise<readonly NodeId[]>
  /** Ids of the erasures begun here of which every cell has done its part. */
  finishedErasures(): Promise<readonly string[]>
  /** Forgets a finished erasure. */
  concludeErasure(id: string): Promise<void>
  /** Of these notices, named by keyed hashes, those that this cell sends: no other cell claimed them before. */
  claimNotices(erasure: string, notices: readonly string[]): Promise<readonly string[]>
}

/** Who tells partners of choices, where each cell knows only what it sent itself. */
export interface SharedTellings {
  /** Gives a choice, as JSON, to every other cell, once durable. Resolves to its number; later choices have higher ones. */
  handOn(body: string): Promise<number>
  /** Choices given to this cell, in order, at most `max`. */
  handedOn(max: number): Promise<readonly { readonly number: number; readonly body: string }[]>
  /** Forgets those given to this cell up to this number. */
  takenOver(upTo: number): Promise<void>
  /**
   * Of these, named by keyed hashes, those that this cell tells because of the choice of this number. `isAnew`: another cell
   * told the last one about it.
   */
  claimTellings(
    number: number,
    tellings: readonly { readonly about: string; readonly key: IdentityKey; readonly verb: 'opt_out' | 'opt_in' }[],
  ): Promise<readonly { readonly about: string; readonly isAnew: boolean }[]>
  /** Forgets what was last told before. */
  pruneTellings(before: EpochMs): Promise<void>
}

/** Signals that were learnt but are missing from `choices.db`. */
export interface LostSignals {
  /** Number ever learnt; undefined if not counted yet. */
  readonly learnt: number | undefined
  readonly kept: number
}

/**
 * Which ledger records the choices reflect, for a start after a restore. Every node has its own ledger and reports only on
 * that one.
 */
export interface Reflection {
  /** Every choice in this node's ledger below this size is included. */
  reflected(): Promise<number>
  reflect(size: number): Promise<void>
}

/** Also for all other nodes that ever reported. */
export interface Reflections extends Reflection {
  reflectedByNode(): Promise<ReadonlyMap<NodeId, number>>
}

/** A deletion request from another company. */
export interface DeletionRequest {
  /** Keyed reference of its id. */
  readonly ref: string
  readonly issuer: string
  readonly at: EpochMs
  readonly key: IdentityKey
}
export interface DeletionRequests {
  /** False if it is already stored: a replay. */
  keepDeletion(request: DeletionRequest): Promise<boolean>
  /** Requests not yet handled by staff, oldest first. */
  openDeletions(max: number): Promise<readonly DeletionRequest[]>
}

/** The sealed part of a REQUEST record. */
export type SealedRequest =
  | {
      readonly kind: 'choice'
      readonly key: IdentityKey
      /** False if it came along a link: then it only narrows. */
      readonly named: boolean
      readonly said: ChoiceStatement
    }
  | {
      readonly kind: 'erasure'
      readonly key: IdentityKey
      /** A day. Records made before ledger format 4 hold the exact time. */
      readonly at: EpochMs
      readonly channel: Channel
    }

export interface RequestSeal {
  seal(request: SealedRequest): string
  /** Undefined if it was sealed under another key or altered. */
  open(sealed: string): SealedRequest | undefined
}

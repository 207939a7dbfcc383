/** The database operations that the rules need. Each function is one SQL statement; the caller owns the transaction. */
import type { EpochMs, IdentityKey } from '../model/brand.ts'
import type { Channel } from '../model/choice.ts'
import type { Finding } from '../model/signal.ts'

/** A choice or sticky signal, stored once for all its identities. */
export interface Statement {
  readonly finding: Finding
  readonly channel: Channel
  readonly saidBy: string
  /** Time of the last repetition. */
  readonly at: EpochMs
  /** The device whose newer signal may lift it. Never set for choices. */
  readonly device?: IdentityKey
  /** Replaces further statements on an identity that has too many; only staff may lift it. */
  readonly cover: boolean
}

export interface KeptStatement extends Statement {
  readonly id: number
  /** True if stated for this identity, false if copied along a link. */
  readonly direct: boolean
}

export interface StatementStore {
  /** The identity's active statements. */
  statementsOn(key: IdentityKey): readonly KeptStatement[]
  /** Whether statement `id` is active on the identity, and how. */
  placeOf(key: IdentityKey, id: number): 'direct' | 'copy' | undefined
  /** Number of active statements on the identity. */
  countOn(key: IdentityKey): number
  /** Active statements that came from the device. */
  fromDevice(device: IdentityKey): readonly Omit<KeptStatement, 'direct'>[]
  /** Stores a new statement, not yet active on any identity. */
  insert(statement: Statement): number
  /** Advances the time of the last repetition. */
  restate(id: number, at: EpochMs): void
  /** Replaces the finding of a cover. */
  widenCover(id: number, finding: Finding): void
  /** Activates the statement on the identity; `direct` wins over a copy. */
  place(key: IdentityKey, id: number, direct: boolean): void
  /** Deactivates the statement on one identity. */
  removeFrom(key: IdentityKey, id: number): void
  /** Keeps in the history that a choice was active on the identity until `at`. */
  keepHistory(key: IdentityKey, id: number, at: EpochMs): void
  /** True while the statement is active directly on some identity. */
  isActiveDirectly(id: number): boolean
  /** True while the statement is also active directly on an identity other than `key`. */
  isDirectOnOthers(id: number, key: IdentityKey): boolean
  /** Deactivates the statement and all copies; keeps it as superseded at that time. */
  retire(id: number, at: EpochMs): void
  /** Deletes a signal and all its copies. */
  forget(id: number): void
  /** Up to `max` identities linked to this one. */
  neighbours(key: IdentityKey, max: number): readonly IdentityKey[]
  linked(a: IdentityKey, b: IdentityKey): boolean
  /** Links them, or confirms their link in that month. */
  link(a: IdentityKey, b: IdentityKey, month: number): void
  /** Adds to the running totals. */
  count(what: 'choices' | 'links' | 'covers' | 'walks_cut_short' | 'learnt', by: number): void
}

/** Further operations for erasing. */
export interface ErasureStore extends StatementStore {
  /** Like `insert`, under a random id, so that ids do not show which statements belong together. */
  insertWithRandomId(statement: Statement): number
  /** Identities on which the statement is active. */
  activeKeys(id: number): readonly IdentityKey[]
  /** Deletes the identity's history; returns the ids of its statements. */
  forgetHistory(key: IdentityKey): readonly number[]
  /** Clears the device from all its statements. */
  forgetDevice(key: IdentityKey): void
  /** Removes one link, in both directions. */
  unlinkPair(a: IdentityKey, b: IdentityKey): void
  /** Removes every link of the identity; returns their number. */
  unlink(key: IdentityKey): number
  /** Deletes a statement that is neither active nor in the history. */
  dropUnused(id: number): void
}

/** Pages over all statements and links, for expiry. */
export interface AgingPages {
  /** Active statements with an id above `after`, by id. */
  statementsAfter(after: number, max: number): readonly Omit<KeptStatement, 'direct'>[]
  /** Links after this one, each in one direction, ordered by their ends. `seen`: last month of confirmation. */
  linksAfter(after: Link | undefined, max: number): readonly (Link & { readonly seen: number })[]
}
export interface Link {
  readonly a: IdentityKey
  readonly b: IdentityKey
}

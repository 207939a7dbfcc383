/** What the rules of keeping need from a database. Each function is one statement; transactions are its caller's. */
import type { EpochMs, IdentityKey } from '../model/brand.ts'
import type { Channel } from '../model/choice.ts'
import type { Finding } from '../model/signal.ts'

/** A choice or sticky signal, once, however many identities it stands for. */
export interface Statement {
  readonly finding: Finding
  readonly channel: Channel
  readonly saidBy: string
  /** When it was last said. */
  readonly at: EpochMs
  /** The device whose newer signal may lift it. Never set for choices. */
  readonly device?: IdentityKey
  /** Stands in for all that came after its one identity had too many statements; only staff lift it. */
  readonly cover: boolean
}

export interface KeptStatement extends Statement {
  readonly id: number
  /** True where it was said of this identity itself, false where it came along a link. */
  readonly direct: boolean
}

export interface StatementStore {
  /** Everything that stands on the identity. */
  standingOn(key: IdentityKey): readonly KeptStatement[]
  /** Whether statement `id` stands on the identity, and how. */
  placeOf(key: IdentityKey, id: number): 'direct' | 'copy' | undefined
  /** How many statements stand on the identity. */
  countOn(key: IdentityKey): number
  /** Standing statements that came from the device. */
  saidByDevice(device: IdentityKey): readonly Omit<KeptStatement, 'direct'>[]
  /** Keeps a new statement; it stands nowhere yet. */
  say(statement: Statement): number
  /** Moves the time at which it was last said forward. */
  restate(id: number, at: EpochMs): void
  /** Replaces what a cover takes away. */
  widenCover(id: number, finding: Finding): void
  /** Lets the statement stand on the identity; `direct` wins over a copy. */
  place(key: IdentityKey, id: number, direct: boolean): void
  /** Takes the statement from one identity. */
  displace(key: IdentityKey, id: number): void
  /** Keeps, for those who must later show who said what, that a choice stood on the identity until `at`. */
  remember(key: IdentityKey, id: number, at: EpochMs): void
  /** True while the statement stands on an identity it was said of. */
  standsDirectly(id: number): boolean
  /** True while the statement stands on another identity, too, that it was said of. */
  isSaidOfOthers(id: number, key: IdentityKey): boolean
  /** The statement and all its copies stand no longer; a choice stays on record as superseded at that time. */
  retire(id: number, at: EpochMs): void
  /** Forgets a signal and all its copies. */
  forget(id: number): void
  /** Up to `max` identities linked to this one. */
  neighbours(key: IdentityKey, max: number): readonly IdentityKey[]
  linked(a: IdentityKey, b: IdentityKey): boolean
  /** Links them, or notes that something confirmed their link in that month. */
  link(a: IdentityKey, b: IdentityKey, month: number): void
  /** Adds to the running totals. */
  count(what: 'choices' | 'links' | 'covers' | 'walks_cut_short' | 'learnt', by: number): void
}

/** What erasing needs beside that. */
export interface ErasureStore extends StatementStore {
  /** As `say`, under a number that says nothing of what else was said then. */
  sayApart(statement: Statement): number
  /** Identities the statement stands on. */
  standingKeys(id: number): readonly IdentityKey[]
  /** Forgets what stood on the identity earlier; the statements it named. */
  forgetHistory(key: IdentityKey): readonly number[]
  /** No statement is known to come from the device any more. */
  forgetDevice(key: IdentityKey): void
  /** Takes one link away, in both directions. */
  unlinkPair(a: IdentityKey, b: IdentityKey): void
  /** Takes every link of the identity away; how many there were. */
  unlink(key: IdentityKey): number
  /** Removes a statement that neither stands nor stood anywhere. */
  dropUnused(id: number): void
}

/** What a store that is looked through in the order of its numbers and ends gives beside the rules' own. */
export interface AgingPages {
  /** Statements that stand, by number, above `after`. */
  saidAfter(after: number, max: number): readonly Omit<KeptStatement, 'direct'>[]
  /** Links, each in one direction, after this one in the order of their ends. `seen`: the last month that confirmed it. */
  linksAfter(after: Link | undefined, max: number): readonly (Link & { readonly seen: number })[]
}
export interface Link {
  readonly a: IdentityKey
  readonly b: IdentityKey
}

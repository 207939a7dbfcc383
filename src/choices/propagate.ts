/**
 * Propagates statements along links. Links only narrow: restrictions propagate, opt-ins never do. Propagation happens on
 * write, so that a look-up reads only the requested identities.
 */
import type { IdentityKey } from '../model/brand.ts'
import { covers, joined, restricts, withoutPermits } from './finding.ts'
import type { KeptStatement, Statement, StatementStore } from './store.ts'

/**
 * Most identities that a signal reaches along links; those of its own request always get it. Ordinary subjects have a
 * handful, a shared account any number. A choice reaches all (`reach.ts`).
 */
export const MAX_WALK = 256
/** The same for a user's own signal (GPC, a consent string) and for a child. */
const MAX_SAID = 1_024
/** Most identities that a choice on one side of a new link reaches on the other. */
const MAX_JOINED = 4_096
/**
 * Signals and copies on one identity before one cover replaces all further ones, so that a widely shared id (a test device,
 * an account called "guest") stays cheap to look up. A cover is as strict as everything it replaces, and no signal lifts it.
 */
export const MAX_STANDING = 64

/** A stored statement, independent of the identity. */
export type Placed = Omit<KeptStatement, 'direct'>

/** Activates a signal on its identities and, if it restricts, on those linked to them. */
export function spread(store: StatementStore, statement: Placed, keys: readonly IdentityKey[]): boolean {
  const changed = placeAll(store, statement, keys)
  if (!changed || !restricts(statement.finding)) return changed
  const { withdrawal, deviceLimit, child } = statement.finding
  const isUserSignal = child || (withdrawal && !deviceLimit)
  for (const key of walk(store, keys, isUserSignal ? MAX_SAID : MAX_WALK))
    if (!keys.includes(key)) place(store, statement, key, false)
  return true
}

/** Links two identities; restrictions of either side apply to both. True if that added something. */
export function join(store: StatementStore, a: IdentityKey, b: IdentityKey, month: number): boolean {
  if (a === b) return false
  if (store.linked(a, b)) {
    store.link(a, b, month)
    return false
  }
  const fromA = restrictingOn(store, a)
  const fromB = restrictingOn(store, b)
  const changedB = copyAll(store, fromA, b)
  const changedA = copyAll(store, fromB, a)
  store.link(a, b, month)
  return changedA || changedB
}

/** Activates a choice directly on these identities. True if that added something. */
export function placeAll(store: StatementStore, statement: Placed, keys: readonly IdentityKey[]): boolean {
  let changed = false
  for (const key of keys) if (place(store, statement, key, true)) changed = true
  return changed
}

function restrictingOn(store: StatementStore, key: IdentityKey): readonly KeptStatement[] {
  return store.statementsOn(key).filter(({ finding }) => restricts(finding))
}

function copyAll(store: StatementStore, statements: readonly KeptStatement[], start: IdentityKey): boolean {
  if (statements.length === 0) return false
  let changed = false
  const isChosen = statements.some(({ finding }) => finding.signal === 'choice')
  for (const key of walk(store, [start], isChosen ? MAX_JOINED : MAX_WALK)) {
    for (const statement of statements) if (place(store, statement, key, false)) changed = true
  }
  return changed
}

/** True if the identity is more restricted than before, or a copy became direct. */
export function place(store: StatementStore, statement: Placed, key: IdentityKey, direct: boolean): boolean {
  const placed = store.placeOf(key, statement.id)
  if (placed === 'direct' || (placed === 'copy' && !direct)) return false
  const isOwnChoice = direct && statement.finding.signal === 'choice'
  if (placed === undefined && !isOwnChoice && store.countOn(key) >= MAX_STANDING) return cover(store, statement, key)
  store.place(key, statement.id, direct)
  return true
}

function cover(store: StatementStore, { finding, at }: Statement, key: IdentityKey): boolean {
  if (!restricts(finding)) return false
  const { signal } = finding
  const present = store.statementsOn(key).find((one) => one.cover && one.direct && one.finding.signal === signal)
  if (present !== undefined) {
    if (covers(present.finding, finding)) return false
    store.widenCover(present.id, joined(present.finding, finding))
    return true
  }
  const id = store.insert({ finding: withoutPermits(finding), channel: 'signal', saidBy: 'cover', at, cover: true })
  store.place(key, id, true)
  store.count('covers', 1)
  return true
}

/** These identities and those linked to them, nearest first, at most `max`. Counts truncated walks. */
function walk(store: StatementStore, start: readonly IdentityKey[], max = MAX_WALK): ReadonlySet<IdentityKey> {
  const reached = new Set(start)
  for (const key of reached) {
    for (const neighbour of store.neighbours(key, max + 1)) {
      if (reached.has(neighbour)) continue
      if (reached.size >= max) {
        store.count('walks_cut_short', 1)
        return reached
      }
      reached.add(neighbour)
    }
  }
  return reached
}

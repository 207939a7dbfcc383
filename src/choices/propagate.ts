/**
 * How a statement reaches identities. Links only narrow: what restricts travels along them, an opt-in never does. Done
 * when something is written, so that a look-up reads only the identities it was asked about.
 */
import type { IdentityKey } from '../model/brand.ts'
import { covers, joined, restricts, withoutPermits } from './finding.ts'
import type { KeptStatement, Statement, StatementStore } from './store.ts'

/**
 * Identities that a signal reaches along links at most: those of its own request have it in any case. Real people have a
 * handful; a shared account has no end. A choice reaches all (`reach.ts`).
 */
export const MAX_WALK = 256
/** The same for what the person said of themselves (GPC, a consent string) and for a child. */
const MAX_SAID = 1_024
/** Identities that what was chosen on one side of a new link reaches on the other, at most. */
const MAX_JOINED = 4_096
/**
 * Signals and copies that stand on one identity before a single cover takes the place of any more, so that an id many
 * people share (a test device, an account called "guest") stays as cheap to look up as any. A cover is as strict as all
 * it stands for together and no signal lifts it.
 */
export const MAX_STANDING = 64

/** A kept statement, wherever it stands. */
export type Placed = Omit<KeptStatement, 'direct'>

/** Lets a signal stand on the identities it was said of and, if it restricts, on those linked to them. */
export function spread(store: StatementStore, statement: Placed, keys: readonly IdentityKey[]): boolean {
  const changed = placeAll(store, statement, keys)
  if (!changed || !restricts(statement.finding)) return changed
  const { withdrawal, deviceLimit, child } = statement.finding
  const isSaid = child || (withdrawal && !deviceLimit)
  for (const key of walk(store, keys, isSaid ? MAX_SAID : MAX_WALK))
    if (!keys.includes(key)) place(store, statement, key, false)
  return true
}

/** Links two identities; whatever restricts one side restricts the other from then on. True where that added something. */
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

/** Lets a choice stand on the identities it was said of. True where that added something. */
export function placeAll(store: StatementStore, statement: Placed, keys: readonly IdentityKey[]): boolean {
  let changed = false
  for (const key of keys) if (place(store, statement, key, true)) changed = true
  return changed
}

function restrictingOn(store: StatementStore, key: IdentityKey): readonly KeptStatement[] {
  return store.standingOn(key).filter(({ finding }) => restricts(finding))
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

/** True where the identity is more restricted than before, or a statement now stands directly that did not. */
export function place(store: StatementStore, statement: Placed, key: IdentityKey, direct: boolean): boolean {
  const standing = store.placeOf(key, statement.id)
  if (standing === 'direct' || (standing === 'copy' && !direct)) return false
  const isOwnChoice = direct && statement.finding.signal === 'choice'
  if (standing === undefined && !isOwnChoice && store.countOn(key) >= MAX_STANDING) return cover(store, statement, key)
  store.place(key, statement.id, direct)
  return true
}

function cover(store: StatementStore, { finding, at }: Statement, key: IdentityKey): boolean {
  if (!restricts(finding)) return false
  const { signal } = finding
  const present = store.standingOn(key).find((one) => one.cover && one.direct && one.finding.signal === signal)
  if (present !== undefined) {
    if (covers(present.finding, finding)) return false
    store.widenCover(present.id, joined(present.finding, finding))
    return true
  }
  const id = store.say({ finding: withoutPermits(finding), channel: 'signal', saidBy: 'cover', at, cover: true })
  store.place(key, id, true)
  store.count('covers', 1)
  return true
}

/** The identities linked to these, nearest first, these included; at most `max`, and counted when cut short. */
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

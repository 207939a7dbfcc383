/**
 * What the rules of keeping read and write, in memory, for the length of one transaction. The rules ask synchronously; what
 * is not here yet is thrown as `NotLoaded`, fetched, and the same work runs again from its beginning. That is sound
 * because a rule depends on nothing but the store, and what it wrote is undone first.
 */
import type { KeptStatement, Statement } from '../../choices/store.ts'
import type { IdentityKey } from '../../model/brand.ts'
import { createJournal, type Journal } from './journal.ts'

/**
 * What can be missing: an identity (what is active on it, its links), a device's statements, the history of an identity, or
 * the identities on which a statement is active.
 */
export type Need =
  | { readonly kind: 'key' | 'device' | 'history'; readonly key: IdentityKey }
  | { readonly kind: 'places'; readonly id: number }

/** Thrown to whoever runs the rules, never to a caller. */
export class NotLoaded extends Error {
  readonly need: Need
  constructor(need: Need) {
    super('not loaded')
    this.need = need
  }
}

export interface StatementRow extends Statement {
  readonly id: number
  readonly supersededAt: number | undefined
}
/** An identity as it was read. */
export interface LoadedKey {
  readonly key: IdentityKey
  readonly active: readonly (readonly [id: number, direct: boolean])[]
  readonly links: readonly IdentityKey[]
}
type Both<A, B, V> = Map<A, Map<B, V>>

/** What was written: the value it has now; undefined where it is gone. */
export interface Written {
  readonly statements: Set<number>
  /** To be deleted where nothing names them any more. */
  readonly unused: Set<number>
  readonly places: Both<IdentityKey, number, { readonly direct: boolean | undefined }>
  readonly links: Both<
    IdentityKey,
    IdentityKey,
    { readonly isLinked: boolean; readonly month: number; readonly isNews: boolean }
  >
  readonly history: Both<IdentityKey, number, { readonly until: number }>
  readonly forgottenHistory: Set<IdentityKey>
  readonly totals: Map<string, number>
}

export interface WorkingSet {
  readonly journal: Journal
  readonly written: Written
  row(id: number): StatementRow
  rowIfAny(id: number): StatementRow | undefined
  setRow(id: number, row: StatementRow | undefined): void
  /** A statement that is new: active nowhere. */
  addNew(row: StatementRow): void
  activeOn(key: IdentityKey): ReadonlyMap<number, boolean>
  statementsOn(key: IdentityKey): readonly KeptStatement[]
  placesOf(id: number): ReadonlyMap<IdentityKey, boolean>
  /** None where they are not loaded. */
  placesIfLoaded(id: number): Iterable<IdentityKey>
  setPlace(key: IdentityKey, id: number, direct: boolean | undefined): void
  linksOf(key: IdentityKey): ReadonlySet<IdentityKey>
  /** In both directions. */
  setLink(a: IdentityKey, b: IdentityKey, isLinked: boolean, month?: number): void
  saidBy(device: IdentityKey): ReadonlySet<number>
  historyOf(key: IdentityKey): ReadonlySet<number>
  keepHistory(key: IdentityKey, id: number, until: number): void
  forgetHistory(key: IdentityKey): void
  count(what: string, by: number): void
  readonly load: Loading
}
/** What was fetched goes in here; what was written meanwhile stays. */
export interface Loading {
  statements(rows: readonly StatementRow[]): void
  keys(rows: readonly LoadedKey[]): void
  places(id: number, rows: readonly (readonly [IdentityKey, boolean])[]): void
  device(device: IdentityKey, ids: readonly number[]): void
  history(key: IdentityKey, ids: readonly number[]): void
  has(key: IdentityKey): boolean
}

export function createWorkingSet(): WorkingSet {
  const journal = createJournal()
  const rows = new Map<number, StatementRow>()
  const active = new Map<IdentityKey, Map<number, boolean>>()
  const places = new Map<number, Map<IdentityKey, boolean>>()
  const devices = new Map<IdentityKey, Set<number>>()
  const links = new Map<IdentityKey, Set<IdentityKey>>()
  const history = new Map<IdentityKey, Set<number>>()
  const written: Written = {
    statements: new Set(),
    unused: new Set(),
    places: new Map(),
    links: new Map(),
    history: new Map(),
    forgottenHistory: new Set(),
    totals: new Map(),
  }
  const row = (id: number): StatementRow => {
    const found = rows.get(id)
    if (found === undefined) throw new Error('a statement that was not loaded')
    return found
  }
  const kept = (id: number): Omit<KeptStatement, 'direct'> => {
    const { supersededAt: _, ...statement } = row(id)
    return statement
  }
  const setRow = (id: number, next: StatementRow | undefined): void => {
    const device = next?.device ?? rows.get(id)?.device
    written.statements.add(id)
    journal.set(rows, id, next)
    const known = device === undefined ? undefined : devices.get(device)
    if (known !== undefined) journal.put(known, id, next?.device === device)
  }
  const activeOn = (key: IdentityKey) => active.get(key) ?? missing({ kind: 'key', key })
  return {
    journal,
    written,
    row,
    rowIfAny: (id) => rows.get(id),
    setRow,
    addNew: (one) => {
      journal.set(places, one.id, new Map())
      setRow(one.id, one)
    },
    activeOn,
    statementsOn: (key) => [...activeOn(key)].map(([id, direct]) => ({ ...kept(id), direct })),
    placesOf: (id) => places.get(id) ?? missing({ kind: 'places', id }),
    placesIfLoaded: (id) => places.get(id)?.keys() ?? [],
    setPlace: (key, id, direct) => {
      journal.set(inner(written.places, key), id, { direct })
      const onKey = active.get(key)
      if (onKey !== undefined) journal.set(onKey, id, direct)
      const all = places.get(id)
      if (all !== undefined) journal.set(all, key, direct)
    },
    linksOf: (key) => links.get(key) ?? missing({ kind: 'key', key }),
    setLink: (a, b, isLinked, month = 0) => {
      for (const [from, to] of [
        [a, b],
        [b, a],
      ] as const) {
        const known = links.get(from)
        // A link that is only confirmed changes nobody's state.
        const isNews = known?.has(to) !== isLinked || written.links.get(from)?.get(to)?.isNews === true
        journal.set(inner(written.links, from), to, { isLinked, month, isNews })
        if (known !== undefined) journal.put(known, to, isLinked)
      }
    },
    saidBy: (device) => devices.get(device) ?? missing({ kind: 'device', key: device }),
    historyOf: (key) => history.get(key) ?? missing({ kind: 'history', key }),
    keepHistory: (key, id, until) => {
      journal.set(inner(written.history, key), id, { until })
      const known = history.get(key)
      if (known !== undefined) journal.put(known, id, true)
    },
    forgetHistory: (key) => {
      journal.set(written.history, key, undefined)
      journal.put(written.forgottenHistory, key, true)
      for (const id of history.get(key) ?? []) journal.put(history.get(key)!, id, false)
    },
    count: (what, by) => journal.set(written.totals, what, (written.totals.get(what) ?? 0) + by),
    load: {
      has: (key) => active.has(key),
      statements: (found) => {
        for (const one of found) if (!written.statements.has(one.id)) rows.set(one.id, one)
      },
      keys: (found) => {
        for (const one of found) {
          if (active.has(one.key)) continue
          const onKey = new Map(one.active)
          for (const [id, { direct }] of written.places.get(one.key) ?? [])
            if (direct === undefined) onKey.delete(id)
            else onKey.set(id, direct)
          active.set(one.key, onKey)
          const linked = new Set(one.links)
          for (const [other, { isLinked }] of written.links.get(one.key) ?? [])
            if (isLinked) linked.add(other)
            else linked.delete(other)
          links.set(one.key, linked)
        }
      },
      places: (id, found) => {
        if (places.has(id)) return
        const all = new Map(found)
        for (const [key, ids] of written.places) {
          const place = ids.get(id)
          if (place?.direct !== undefined) all.set(key, place.direct)
          else if (place !== undefined) all.delete(key)
        }
        places.set(id, all)
      },
      device: (device, ids) => {
        const known = new Set(ids.filter((id) => !written.statements.has(id)))
        for (const id of written.statements) if (rows.get(id)?.device === device) known.add(id)
        if (!devices.has(device)) devices.set(device, known)
      },
      history: (key, ids) => {
        const before = written.forgottenHistory.has(key) ? [] : ids
        if (!history.has(key)) history.set(key, new Set([...before, ...(written.history.get(key)?.keys() ?? [])]))
      },
    },
  }
}

function missing(need: Need): never {
  throw new NotLoaded(need)
}

function inner<A, B, V>(outer: Map<A, Map<B, V>>, key: A): Map<B, V> {
  const known = outer.get(key) ?? new Map<B, V>()
  outer.set(key, known)
  return known
}

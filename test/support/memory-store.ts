/** The rules' store in memory: what a second engine has to do, without any engine. */
import type { AgingPages, ErasureStore, KeptStatement, Statement } from '../../src/choices/store.ts'
import type { IdentityKey } from '../../src/model/brand.ts'

export type Total = Parameters<ErasureStore['count']>[0]
export interface MemoryStore extends ErasureStore, AgingPages {
  readonly totals: Readonly<Record<Total, number>>
  /** Users on whom something stands or who are linked, after this key, in their keys' order. */
  usersAfter(after: string, max: number): readonly IdentityKey[]
  /** All of whom anything is known. */
  everybody(): Iterable<IdentityKey>
}

interface Kept extends Statement {
  readonly id: number
}

export function createMemoryStore(): MemoryStore {
  const said = new Map<number, Kept>()
  /** On whom each statement stands; true where it was said of them. */
  const places = new Map<number, Map<IdentityKey, boolean>>()
  const onKey = new Map<IdentityKey, Set<number>>()
  const history = new Map<IdentityKey, Set<number>>()
  const links = new Map<IdentityKey, Set<IdentityKey>>()
  const totals: Record<Total, number> = { choices: 0, links: 0, covers: 0, walks_cut_short: 0, learnt: 0 }
  /** The last month that confirmed a link. */
  const seen = new Map<string, number>()
  const pairOf = (a: IdentityKey, b: IdentityKey): string => (a < b ? `${a} ${b}` : `${b} ${a}`)
  let lastId = 0

  const setOf = <K, V>(map: Map<K, Set<V>>, key: K): Set<V> => {
    const known = map.get(key) ?? new Set<V>()
    map.set(key, known)
    return known
  }
  const insert = (statement: Statement): number => {
    lastId++
    said.set(lastId, { ...statement, id: lastId })
    places.set(lastId, new Map())
    return lastId
  }
  const change = (id: number, part: Partial<Kept>): void => {
    const known = said.get(id)
    if (known !== undefined) said.set(id, { ...known, ...part })
  }
  const removeFrom = (key: IdentityKey, id: number): void => {
    places.get(id)?.delete(key)
    onKey.get(key)?.delete(id)
  }
  const displaceAll = (id: number): void => {
    for (const key of [...(places.get(id)?.keys() ?? [])]) removeFrom(key, id)
  }
  const directOn = (id: number): readonly IdentityKey[] =>
    [...(places.get(id) ?? [])].filter(([, direct]) => direct).map(([key]) => key)

  return {
    totals,
    statementsOn: (key) =>
      [...(onKey.get(key) ?? [])].map(
        (id): KeptStatement => ({ ...said.get(id)!, direct: places.get(id)!.get(key) === true }),
      ),
    placeOf: (key, id) => {
      const direct = places.get(id)?.get(key)
      return direct === undefined ? undefined : direct ? 'direct' : 'copy'
    },
    countOn: (key) => onKey.get(key)?.size ?? 0,
    fromDevice: (device) => [...said.values()].filter((one) => one.device === device),
    insert,
    insertWithRandomId: insert,
    restate: (id, at) => change(id, { at: Math.max(said.get(id)!.at, at) }),
    widenCover: (id, finding) => change(id, { finding }),
    place: (key, id, direct) => {
      places.get(id)!.set(key, direct || places.get(id)!.get(key) === true)
      setOf(onKey, key).add(id)
    },
    removeFrom,
    keepHistory: (key, id) => void setOf(history, key).add(id),
    isActiveDirectly: (id) => directOn(id).length > 0,
    isDirectOnOthers: (id, key) => directOn(id).some((one) => one !== key),
    retire: (id) => {
      displaceAll(id)
      change(id, {})
    },
    forget: (id) => {
      displaceAll(id)
      said.delete(id)
    },
    neighbours: (key, max) => [...(links.get(key) ?? [])].slice(0, max),
    linked: (a, b) => links.get(a)?.has(b) === true,
    link: (a, b, month) => {
      if (links.get(a)?.has(b) !== true) totals.links++
      setOf(links, a).add(b)
      setOf(links, b).add(a)
      seen.set(pairOf(a, b), Math.max(month, seen.get(pairOf(a, b)) ?? 0))
    },
    statementsAfter: (after, max) =>
      [...said.values()]
        .filter(({ id }) => id > after && (places.get(id)?.size ?? 0) > 0)
        .sort((one, other) => one.id - other.id)
        .slice(0, max),
    linksAfter: (after, max) =>
      [...links]
        .flatMap(([a, others]) =>
          [...others].filter((b) => a < b).map((b) => ({ a, b, seen: seen.get(pairOf(a, b))! })),
        )
        .sort((one, other) => (pairOf(one.a, one.b) < pairOf(other.a, other.b) ? -1 : 1))
        .filter(({ a, b }) => after === undefined || pairOf(a, b) > pairOf(after.a, after.b))
        .slice(0, max),
    unlinkPair: (a, b) => {
      links.get(a)?.delete(b)
      links.get(b)?.delete(a)
    },
    activeKeys: (id) => [...(places.get(id)?.keys() ?? [])],
    forgetHistory: (key) => {
      const known = [...(history.get(key) ?? [])]
      history.delete(key)
      return known
    },
    forgetDevice: (device) => {
      for (const [id, { device: from, ...rest }] of said) if (from === device) said.set(id, rest)
    },
    unlink: (key) => {
      const others = links.get(key) ?? new Set()
      for (const other of others) links.get(other)?.delete(key)
      links.delete(key)
      return others.size
    },
    dropUnused: (id) => {
      const isPast = [...history.values()].some((ids) => ids.has(id))
      if (places.get(id)?.size === 0 && !isPast) said.delete(id)
    },
    count: (what, by) => {
      totals[what] += by
    },
    usersAfter: (after, max) =>
      [...new Set([...onKey.keys(), ...links.keys()])]
        .filter((key) => key > after && key < '40')
        .sort()
        .slice(0, max),
    everybody: () => new Set([...onKey.keys(), ...links.keys()]),
  }
}

/** The store that the rules of keeping ask, over a working set. */
import { randomInt } from 'node:crypto'
import type { ErasureStore, Statement } from '../../choices/store.ts'
import type { WorkingSet } from './working-set.ts'

/** Numbers drawn are above those given in order, of this database or of a choices.db that it was made from. */
const DRAWN_FROM = 2 ** 48
const DRAWN_BELOW = 2 ** 49 - 1

/** @param nextId the next number that is given in order */
export function createRulesStore(set: WorkingSet, nextId: () => number): ErasureStore {
  const insertAs = (id: number, statement: Statement): number => {
    set.addNew({ ...statement, id, supersededAt: undefined })
    return id
  }
  const displaceAll = (id: number): void => {
    for (const key of [...set.placesOf(id).keys()]) set.setPlace(key, id, undefined)
  }
  const statement = (id: number) => {
    const { supersededAt: _, ...rest } = set.row(id)
    return rest
  }
  return {
    statementsOn: set.statementsOn,
    placeOf: (key, id) => {
      const direct = set.activeOn(key).get(id)
      return direct === undefined ? undefined : direct ? 'direct' : 'copy'
    },
    countOn: (key) => set.activeOn(key).size,
    fromDevice: (device) => [...set.saidBy(device)].map(statement),
    insert: (one) => insertAs(nextId(), one),
    insertWithRandomId: (one) => {
      // Where another has it, the insert fails and with it the transaction: one in 2^48 for each statement there is.
      return insertAs(randomInt(DRAWN_FROM, DRAWN_BELOW), one)
    },
    restate: (id, at) => set.setRow(id, { ...set.row(id), at: Math.max(set.row(id).at, at) }),
    widenCover: (id, finding) => set.setRow(id, { ...set.row(id), finding }),
    place: (key, id, direct) => set.setPlace(key, id, direct || set.activeOn(key).get(id) === true),
    removeFrom: (key, id) => set.setPlace(key, id, undefined),
    keepHistory: set.keepHistory,
    isActiveDirectly: (id) => [...set.placesOf(id).values()].includes(true),
    isDirectOnOthers: (id, key) => [...set.placesOf(id)].some(([other, direct]) => direct && other !== key),
    retire: (id, at) => {
      set.setRow(id, { ...set.row(id), supersededAt: at })
      displaceAll(id)
    },
    forget: (id) => {
      displaceAll(id)
      set.setRow(id, undefined)
    },
    neighbours: (key, max) => [...set.linksOf(key)].slice(0, max),
    linked: (a, b) => set.linksOf(a).has(b),
    link: (a, b, month) => {
      if (!set.linksOf(a).has(b)) set.count('links', 1)
      set.setLink(a, b, true, month)
    },
    unlinkPair: (a, b) => set.setLink(a, b, false),
    activeKeys: (id) => [...set.placesOf(id).keys()],
    forgetHistory: (key) => {
      const ids = [...set.historyOf(key)]
      set.forgetHistory(key)
      return ids
    },
    forgetDevice: (key) => {
      for (const id of [...set.saidBy(key)]) {
        const { device: _, ...rest } = set.row(id)
        set.setRow(id, rest)
      }
    },
    unlink: (key) => {
      const others = [...set.linksOf(key)]
      for (const other of others) set.setLink(key, other, false)
      return others.length
    },
    // Whether anything names it is the database's to say, as it is written.
    dropUnused: (id) => set.journal.put(set.written.unused, id, true),
    count: set.count,
  }
}

import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { IdentityKey } from '../model/brand.ts'
import { createReach } from './reach.ts'
import type { StatementStore } from './store.ts'
import { choiceFinding } from './write.ts'

const SAID = { id: 1, finding: choiceFinding(1, 0, false), channel: 'app', saidBy: 'app', at: 1, cover: false } as const
const key = (name: string | number): IdentityKey => `k${name}` as IdentityKey

/** A store that knows links and where the statement stands, and nothing else. */
function storeOf(links: ReadonlyMap<string, readonly string[]>) {
  const placed = new Set<string>()
  let cut = 0
  const store: Partial<StatementStore> = {
    neighbours: (of, max) => (links.get(of) ?? []).slice(0, max) as IdentityKey[],
    placeOf: (at) => (placed.has(at) ? 'copy' : undefined),
    countOn: () => 0,
    place: (at) => {
      placed.add(at)
    },
    count: () => {
      cut++
    },
  }
  return { store: store as StatementStore, placed, cut: () => cut }
}
const star = (leaves: number): Map<string, string[]> => {
  const names = Array.from({ length: leaves }, (_, index) => key(index))
  return new Map([[key('hub'), names], ...names.map((name): [string, string[]] => [name, [key('hub')]])])
}

describe('a choice on its way', () => {
  test('takes a bounded step at a time and ends with all, from the hub and from a leaf', () => {
    for (const start of [key('hub'), key(17)]) {
      const { store, placed } = storeOf(star(2_500))
      const reach = createReach(SAID, [start])
      let steps = 1
      while (!reach.step(store, 1_000)) {
        equal(placed.size, steps * 1_000)
        steps++
      }
      deepEqual([steps, placed.size, reach.reached.size, reach.isComplete()], [3, 2_500, 2_501, true])
    }
  })

  test('reaches what is linked while it is on its way', () => {
    const links = star(1_500)
    const { store, placed } = storeOf(links)
    const reach = createReach(SAID, [key('hub')])
    equal(reach.step(store, 1_000), false)
    links.get(key('hub'))!.push(key('late'))
    links.set(key(1_499), [key('hub'), key('far')])
    while (!reach.step(store, 1_000));
    deepEqual([placed.has(key('late')), placed.has(key('far'))], [true, true])
  })

  test('says so where there are more than it may reach, and counts it', () => {
    const { store, cut } = storeOf(star(50))
    const reach = createReach(SAID, [key('hub')], 20)
    while (!reach.step(store, 7));
    deepEqual([reach.reached.size, reach.isComplete(), cut()], [20, false, 1])
  })
})

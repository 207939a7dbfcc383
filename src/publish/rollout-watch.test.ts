import { deepEqual } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { PartnerId } from '../model/brand.ts'
import type { ContractPlan } from '../model/contract.ts'
import type { Outcome } from '../model/disclosure.ts'
import { createRolloutWatch, MIN_ITEMS } from './rollout-watch.ts'

const acme = 'acme' as PartnerId
const TAKEN: Outcome = { kind: 'delivered', status: 200 }
const REFUSED: Outcome = { kind: 'refused', status: 400, retry: false }
// Only the bounds are looked at.
const staged = (): ContractPlan =>
  ({ id: acme, bounds: [{ contract: null, when: { kind: 'outside', percent: 1 } }] }) as unknown as ContractPlan

function watching(first: ContractPlan = staged()) {
  const stops: string[] = []
  let contract: ContractPlan | undefined = first
  const watch = createRolloutWatch({
    contractOf: () => contract,
    stop: (partner, why) => stops.push(`${partner} ${why}`),
  })
  const sends = (count: number, outcome: Outcome, isStaged: boolean, bytes = 100): void => {
    for (let item = 0; item < count; item++) watch.ended(acme, outcome, { bytes, isStaged })
  }
  return {
    watch,
    stops,
    sends,
    become: (next: ContractPlan) => {
      contract = next
    },
  }
}

describe('a staged widening ends by itself', () => {
  test('where the partner refuses a tenth of what the share sends', () => {
    const { sends, stops } = watching()
    sends(MIN_ITEMS, TAKEN, true)
    sends(4, REFUSED, true)
    deepEqual(stops, [])
    sends(2, REFUSED, true)
    deepEqual(stops, ['acme error_rate'])
  })

  test('but not where everybody fails alike, and not by a handful of items', () => {
    const both = watching()
    both.sends(100, REFUSED, false)
    both.sends(100, REFUSED, true)
    deepEqual(both.stops, [])
    const few = watching()
    few.sends(MIN_ITEMS - 1, REFUSED, true)
    deepEqual(few.stops, [])
  })

  test('where items are more than twice as large as everybody else’s', () => {
    const { sends, stops } = watching()
    sends(MIN_ITEMS, TAKEN, false, 100)
    sends(MIN_ITEMS, TAKEN, true, 200)
    deepEqual(stops, [])
    sends(1, TAKEN, true, 400)
    deepEqual(stops, ['acme item_size'])
  })

  test('at the first hit of the guard within the share, and at none outside of it', () => {
    const { watch, stops } = watching()
    watch.guardHit(acme, false)
    deepEqual(stops, [])
    watch.guardHit(acme, true)
    deepEqual(stops, ['acme guard_hit'])
  })

  test('once, and counts anew for other terms', () => {
    const { watch, sends, stops, become } = watching()
    sends(100, REFUSED, true)
    watch.guardHit(acme, true)
    deepEqual(stops, ['acme error_rate'])
    become(staged())
    sends(MIN_ITEMS - 1, REFUSED, true)
    deepEqual(stops.length, 1)
    become({ id: acme } as unknown as ContractPlan)
    sends(100, REFUSED, true)
    deepEqual(stops.length, 1)
  })
})

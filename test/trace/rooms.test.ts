import { deepEqual, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Step, traceRooms } from './rooms.ts'

/** What a reader has to follow; less is better. One crossing of an opt-out is planning beside it, which may begin before the answer. */
const MOST = { advertisingId: 26, optOut: 10 + 1 }
const MOST_ENTRIES = { advertisingId: 42, optOut: 20 }

describe('crossings between rooms', () => {
  const walks = traceRooms()
  const go = (steps: readonly Step[], ...rooms: readonly (readonly [from: string, to: string])[]): void => {
    for (const [from, to] of rooms)
      ok(
        steps.some((step) => step.from === from && step.to === to),
        `${from} → ${to} was not seen`,
      )
  }

  test('an advertising id goes from the event to the partner in few, each of them seen', () => {
    const { steps, entries } = walks.advertisingId
    deepEqual(steps[0], { from: 'outside', to: 'ingress', by: steps[0]?.by })
    go(steps, ['ingress', 'flow'], ['ingress', 'choices'], ['threads', 'intake'], ['delivery', 'flow'])
    go(steps, ['flow', 'transform'], ['flow', 'partners'], ['flow', 'guard'], ['delivery', 'ledger'])
    ok(steps.length <= MOST.advertisingId, `${steps.length} crossings:\n${list(steps)}`)
    ok(entries <= MOST_ENTRIES.advertisingId, `${entries} files entered`)
  })

  test('an opt-out goes to the choices and the ledger in few, each of them seen', () => {
    const { steps, entries } = walks.optOut
    deepEqual(steps[0], { from: 'outside', to: 'ingress', by: steps[0]?.by })
    go(steps, ['ingress', 'choices'], ['choices', 'threads'], ['choices', 'storage'], ['ledger', 'storage'])
    ok(steps.length <= MOST.optOut, `${steps.length} crossings:\n${list(steps)}`)
    ok(entries <= MOST_ENTRIES.optOut, `${entries} files entered`)
  })
})

function list(steps: readonly Step[]): string {
  return steps.map(({ from, to, by }) => `${from} → ${to} (${by})`).join('\n')
}

import { deepEqual } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { DisclosureId, EventRef, PartnerId } from '../model/brand.ts'
import type { OutcomeRecord } from '../model/disclosure.ts'
import { createLateOutcomes } from './late-outcomes.ts'

const outcome = (partner: string): OutcomeRecord => ({
  kind: 'outcome',
  time: 0,
  id: 'id' as DisclosureId,
  partner: partner as PartnerId,
  eventRef: 'f'.repeat(32) as EventRef,
  attempt: 1,
  outcome: { kind: 'delivered', status: 204 },
  bytes: 0,
  latency: 0,
})

/** Outcomes over a ledger that answers when it is told to. */
function bench() {
  const handed: string[][] = []
  const lost: string[][] = []
  const clocks: (() => void)[] = []
  let answer: { resolve: () => void; reject: (error: Error) => void } | undefined
  const late = createLateOutcomes(
    (outcomes) => {
      handed.push(outcomes.map(({ partner }) => partner))
      return new Promise((resolve, reject) => {
        answer = { resolve, reject }
      })
    },
    (_ms, call) => {
      clocks.push(call)
      return () => void clocks.splice(clocks.indexOf(call), 1)
    },
    (outcomes) => lost.push(outcomes.map(({ partner }) => partner)),
  )
  return { handed, lost, clocks, late, answer: () => answer! }
}

describe('outcomes that nobody waits for', () => {
  test('wait for whatever is handed over next, and go in the order in which they came', () => {
    const { handed, clocks, late } = bench()
    late.add(outcome('a'))
    late.add(outcome('b'))
    deepEqual(handed, [])
    late.hand()
    deepEqual(handed, [['a', 'b']])
    deepEqual(clocks, [])
    late.hand()
    deepEqual(handed, [['a', 'b']])
  })

  test('go by themselves after a moment, on one clock', () => {
    const { handed, clocks, late } = bench()
    late.add(outcome('a'))
    late.add(outcome('b'))
    deepEqual(clocks.length, 1)
    clocks[0]!()
    deepEqual(handed, [['a', 'b']])
  })

  test('idle hands over what waits, and waits until it is durable', async () => {
    const { handed, late, answer } = bench()
    late.add(outcome('a'))
    const steps: string[] = []
    const idle = late.idle().then(() => steps.push('idle'))
    deepEqual(handed, [['a']])
    steps.push('durable')
    answer().resolve()
    await idle
    deepEqual(steps, ['durable', 'idle'])
  })

  test('what the ledger could not take is told, and idle does not fail', async () => {
    const { lost, late, answer } = bench()
    late.add(outcome('a'))
    late.add(outcome('b'))
    late.hand()
    answer().reject(new Error('the ledger is gone'))
    await late.idle()
    deepEqual(lost, [['a', 'b']])
  })
})

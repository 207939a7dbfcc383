import { deepEqual } from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { QueueChange, StateStore } from '../../intake/store.ts'
import type { PartnerId } from '../../model/brand.ts'
import { openIntakeState } from './intake-state.ts'

const meta = 'meta' as PartnerId
const unchanged: QueueChange = {
  partner: meta,
  cursor: 0,
  holes: [],
  skips: [],
  resume: 0,
  park: [],
  unpark: [],
  settled: [],
}

describe('the state file', () => {
  let folder: string
  let state: StateStore
  const open = (): StateStore => openIntakeState(join(folder, 'state.db'), 3)
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-state-'))
    state = open()
  })
  afterEach(async () => {
    state.close()
    await rm(folder, { recursive: true })
  })

  test('gives back what the last flush kept', () => {
    const parked = { seq: 5, attempt: 2, due: 99, receivedAt: 7 }
    const count = { state: 'withheld', why: 'choice', count: 4 } as const
    state.save({
      queues: [
        {
          ...unchanged,
          cursor: 9,
          holes: [3, 8],
          skips: [12],
          resume: 41,
          park: [parked, { ...parked, seq: 6 }],
          settled: [count],
        },
      ],
      dead: [],
    })
    state.save({ queues: [{ ...unchanged, cursor: 10, holes: [8], resume: 42, unpark: [6] }], dead: [] })
    state.close()
    state = open()
    deepEqual(state.load().queues, [
      { partner: meta, cursor: 10, holes: [8], skips: [], resume: 42, parked: [parked], settled: [count] },
    ])
  })

  test('folds a file once, however often it is asked', () => {
    const fold = { segment: 1, counts: new Map([['received', 10]]) }
    for (let times = 0; times < 3; times++) state.save({ queues: [], dead: [], fold })
    state.save({ queues: [], dead: [], fold: { ...fold, segment: 2 } })
    deepEqual([...state.load().folded], [['received', 20]])
    deepEqual(state.foldedFiles(), [1, 2])
  })

  test('keeps the newest dead letters and pages through them from the newest on', () => {
    const letter = (seq: number) => ({
      seq,
      partner: meta,
      event: 'Order Completed',
      at: seq * 10,
      attempts: 5,
      why: 'gave up',
    })
    for (let seq = 1; seq <= 5; seq++) state.save({ queues: [], dead: [letter(seq)] })
    deepEqual(state.deadLetters(undefined, 2), [letter(5), letter(4)])
    deepEqual(state.deadLetters({ seq: 4, partner: 'meta' }, 5), [letter(3)])
    deepEqual(state.deadLetters({ seq: 1, partner: 'meta' }, 5), [], 'one that is no longer kept')
  })
})

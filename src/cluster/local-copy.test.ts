import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import type { NodeId } from '../model/brand.ts'
import type { Connection } from '../storage/postgres/connection.ts'
import type { ReplicaWriter } from '../storage/sqlite/replica.ts'
import { createLease } from './lease.ts'
import { createLocalCopy } from './local-copy.ts'

test('a copy that fell behind the feed is made anew without a lease: half of it restricts nobody', async () => {
  const lease = createLease({ elapsedMs: () => 1_000, wallMs: () => 1_000 }, 3_000)
  let applied: number | undefined = 5
  const replica: ReplicaWriter = {
    applied: () => applied,
    apply: (_states, at) => {
      if (at !== undefined) applied = at
    },
    clear: () => {
      applied = undefined
    },
  }
  let head = 5
  let wake = (): void => undefined
  const heldWhileCopying: boolean[] = []
  const { promise: copied, resolve } = Promise.withResolvers<void>()
  const answers = (text: string, name: string | undefined): readonly object[] => {
    if (name === 'renew' || text === 'SELECT head FROM cluster') return [{ head }]
    if (text.startsWith('FETCH')) heldWhileCopying.push(lease.holds())
    // The beat's last question.
    if (name === 'cells' && applied === 10) resolve()
    return []
  }
  const connection = {
    query: async (text: string, _values?: unknown, name?: string) => answers(text, name),
    transaction: (work: () => Promise<unknown>) => work(),
    listen: async (_channel: string, heard: () => void) => {
      wake = heard as typeof wake
    },
    isEnded: () => false,
    end: async () => undefined,
  } as unknown as Connection
  const copy = createLocalCopy({
    self: { cell: '1' as NodeId, incarnation: 'first' },
    replica,
    lease,
    connect: async () => connection,
    inForce: async () => undefined,
    forEveryone: async () => undefined,
    seen: () => undefined,
    onProblem: (error) => {
      throw error
    },
    onFenced: (error) => {
      throw error
    },
  })
  await copy.start()
  equal(lease.holds(), true)
  head = 10
  wake()
  await copied
  deepEqual(heldWhileCopying, [false])
  equal(copy.applied(), 10)
  await copy.close()
})

test('a copy that lacked nothing at its start says how far it is, so that nobody waits for what it holds', async () => {
  const told: unknown[] = []
  const copy = createLocalCopy({
    self: { cell: '1' as NodeId, incarnation: 'first' },
    replica: { applied: () => 7, apply: () => undefined, clear: () => undefined },
    lease: createLease({ elapsedMs: () => 1_000, wallMs: () => 1_000 }, 3_000),
    connect: async () =>
      ({
        query: async (_text: string, _values?: unknown, name?: string) => (name === 'renew' ? [{ head: 7 }] : []),
        transaction: (work: () => Promise<unknown>) => work(),
        listen: async () => undefined,
        isEnded: () => false,
        end: async () => undefined,
      }) as unknown as Connection,
    inForce: async () => undefined,
    forEveryone: async () => undefined,
    seen: () => undefined,
    onProblem: (error) => {
      throw error
    },
    onFenced: (error) => {
      throw error
    },
  })
  copy.follow((entry) => told.push(entry))
  await copy.start()
  deepEqual(told, [{ at: 7, changed: [], lifts: [] }])
  await copy.close()
})

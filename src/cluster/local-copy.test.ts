import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import type { NodeId } from '../model/brand.ts'
import type { Connection } from '../storage/postgres/connection.ts'
import type { ReplicaWriter } from '../storage/sqlite/replica.ts'
import { createLease } from './lease.ts'
import { createLocalCopy } from './local-copy.ts'

/** A copy, at entry 5 unless it is new, of a feed that is as it is made to be; `wake` tells it that there is more. */
function startable(
  forSettings: (changed: ReadonlySet<string>) => Promise<void>,
  isNew = false,
  onFenced: (error: Error) => void = raise,
) {
  const lease = createLease({ elapsedMs: () => clock.now, wallMs: () => clock.now }, 3_000)
  const clock = { now: 1_000 }
  let applied = isNew ? undefined : 5
  const replica: ReplicaWriter = {
    applied: () => applied,
    apply: (_states, at) => {
      if (at !== undefined) applied = at
    },
    clear: () => {
      applied = undefined
    },
  }
  const feed: {
    head: number
    rows: readonly object[]
    wake: () => void
    asked: (text: string, name?: string) => void
  } = {
    head: 5,
    rows: [],
    wake: () => undefined,
    asked: () => undefined,
  }
  const answers = (text: string, name: string | undefined): readonly object[] => {
    feed.asked(text, name)
    if (name === 'renew' || text === 'SELECT head FROM cluster') return [{ head: feed.head, agreed: 1 }]
    return name === 'feed-after' && applied === 5 ? feed.rows : []
  }
  const connection = {
    query: async (text: string, _values?: unknown, name?: string) => answers(text, name),
    transaction: (work: () => Promise<unknown>) => work(),
    listen: async (_channel: string, heard: () => void) => {
      feed.wake = heard
    },
    isEnded: () => false,
    end: async () => undefined,
  } as unknown as Connection
  const copy = createLocalCopy({
    self: { cell: '1' as NodeId, incarnation: 'first' },
    version: 2,
    replica,
    lease,
    connect: async () => connection,
    inForce: async () => undefined,
    forEveryone: async () => undefined,
    forSettings,
    seen: () => undefined,
    onProblem: raise,
    onFenced,
  })
  return { copy, lease, feed, clock }
}

function raise(error: unknown): void {
  throw error
}

for (const [what, entry, why] of [
  [
    'of a kind that it does not know',
    { kind: 9, version: 2 },
    'the feed has an entry of kind 9, which this Sluice does not know',
  ],
  ['of a later version', { kind: 1, version: 3 }, 'the feed has an entry of version 3, and this Sluice reads up to 2'],
] as const)
  test(`an entry ${what} stops the cell, and is never skipped`, async () => {
    const fenced = Promise.withResolvers<Error>()
    const { copy, lease, feed } = startable(async () => undefined, false, fenced.resolve)
    await copy.start()
    feed.head = 6
    feed.rows = [{ seq: 6, key: null, body: '{}', ...entry }]
    feed.wake()
    equal((await fenced.promise).message, why)
    deepEqual([copy.applied(), lease.holds()], [5, false])
    await copy.close()
  })

test('entries of two versions ago are not read: the copy is made anew', async () => {
  const { copy, feed } = startable(async () => undefined)
  await copy.start()
  const copied = Promise.withResolvers<void>()
  feed.head = 6
  feed.rows = [{ seq: 6, kind: 9, key: null, body: '{}', version: 0 }]
  feed.asked = (_text, name) => {
    if (name === 'cells' && copy.applied() === 6) copied.resolve()
  }
  feed.wake()
  await copied.promise
  await copy.close()
})

test('a copy that fell behind the feed is made anew without a lease: half of it restricts nobody', async () => {
  const { copy, lease, feed } = startable(async () => undefined)
  const heldWhileCopying: boolean[] = []
  const { promise: copied, resolve } = Promise.withResolvers<void>()
  feed.asked = (text, name) => {
    if (text.startsWith('FETCH')) heldWhileCopying.push(lease.holds())
    // The beat's last question.
    if (name === 'cells' && copy.applied() === 10) resolve()
  }
  await copy.start()
  equal(lease.holds(), true)
  feed.head = 10
  feed.wake()
  await copied
  deepEqual(heldWhileCopying, [false])
  equal(copy.applied(), 10)
  await copy.close()
})

test('a new copy starts with a lease once what operators changed is in force, however quickly that is', async () => {
  for (const turns of [0, 1, 10]) {
    const { copy, lease } = startable(async () => {
      for (let turn = 0; turn < turns; turn++) await Promise.resolve()
    }, true)
    await copy.start()
    equal(lease.holds(), true, `${turns} turns`)
    await copy.close()
  }
})

test('a copy that lacked nothing at its start says how far it is, so that nobody waits for what it holds', async () => {
  const told: unknown[] = []
  const copy = createLocalCopy({
    self: { cell: '1' as NodeId, incarnation: 'first' },
    version: 2,
    replica: { applied: () => 7, apply: () => undefined, clear: () => undefined },
    lease: createLease({ elapsedMs: () => 1_000, wallMs: () => 1_000 }, 3_000),
    connect: async () =>
      ({
        query: async (_text: string, _values?: unknown, name?: string) =>
          name === 'renew' ? [{ head: 7, agreed: 1 }] : [],
        transaction: (work: () => Promise<unknown>) => work(),
        listen: async () => undefined,
        isEnded: () => false,
        end: async () => undefined,
      }) as unknown as Connection,
    inForce: async () => undefined,
    forEveryone: async () => undefined,
    forSettings: async () => undefined,
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

test('the lease does not run on while what operators changed is not in force, and does once it is', async () => {
  const inForce = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<ReadonlySet<string>>()
  const { copy, lease, feed, clock } = startable((changed) => {
    begun.resolve(changed)
    return inForce.promise
  })
  await copy.start()
  feed.head = 6
  feed.rows = [{ seq: 6, kind: 5, key: null, body: '{}', version: 1 }]
  clock.now += 2_000
  feed.wake()
  deepEqual([...(await begun.promise)], ['stops'])
  equal(copy.applied(), 6)
  const confirmed: unknown[] = []
  feed.asked = (_text, name) => {
    if (name === 'cells') confirmed.push(lease.leftMs())
  }
  for (let beats = 0; beats < 3; beats++) {
    feed.wake()
    await new Promise((resolve) => setImmediate(resolve))
  }
  deepEqual([confirmed, lease.leftMs()], [[], 1_000])
  inForce.resolve()
  await new Promise((resolve) => setImmediate(resolve))
  equal(lease.leftMs(), 3_000)
  await copy.close()
})

/** The ports of choices over the database that cells share: one cell, two that take turns, and three against a single process. */
import { deepEqual, rejects } from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { createFreshness } from '../../src/choices/freshness.ts'
import type { Freshness } from '../../src/choices/ports.ts'
import { openSharedChoices, type SharedChoices } from '../../src/cluster/choices.ts'
import { joinCluster } from '../../src/cluster/member.ts'
import type { IdentityKey, NodeId } from '../../src/model/brand.ts'
import type { ChoiceStatement } from '../../src/model/choice.ts'
import type { Finding } from '../../src/model/signal.ts'
import { addCell, renewLease } from '../../src/storage/postgres/cells.ts'
import { connect } from '../../src/storage/postgres/connection.ts'
import { migrate } from '../../src/storage/postgres/schema.ts'
import { createMemoryLog } from '../support/memory-choices.ts'
import { type PostgresServer, postgresBinaries, startPostgres } from '../support/postgres.ts'
import { until } from '../support/until.ts'
import { type AgingUnderTest, agingContract } from './choices-aging-suite.ts'
import { type ChoicesUnderTest, choicesContract } from './choices-suite.ts'

const INDEX_KEY = createSecretKey(Buffer.alloc(32, 1))
const RUNS = Number(process.env.SLUICE_CASES ?? 12)
const binaries = postgresBinaries()
const skip = binaries === undefined ? 'PostgreSQL is not installed: the suites over it did not run' : false
let server: PostgresServer

describe('choices in PostgreSQL', { skip }, () => {
  before(async () => {
    // What a commit survives is asked elsewhere; here it is to be quick.
    server = await startPostgres(binaries!, prepare, ['fsync=off'])
  })
  after(() => server.stop())
  describe('one cell', () => choicesContract((freshness, now) => cells(1, freshness, now), 2 ** 32 - 10))
  describe('what time takes away', () => agingContract(aged))
  describe('two cells that take turns', () =>
    choicesContract((freshness, now) => cells(2, freshness, now), 2 ** 31 - 10))
  test('what cannot be written of one piece of work is undone alone, with all that it was part of', async () => {
    const { choices, end } = await openCells(1, createFreshness(1), () => 1)
    const [first, other, second] = [[keyOf('1')], [keyOf('2')], [keyOf('3')]] as const
    try {
      const erasure = (keys: readonly IdentityKey[]) => ({ id: 'one', at: 1, channel: 'staff' as const, keys })
      const ends = await Promise.allSettled([
        choices.beginErasure(erasure(first)),
        choices.put(other, { denies: 7, permits: 0, child: false, channel: 'app', saidBy: 'test', at: 1 }),
        choices.beginErasure(erasure(second)),
        choices.keepForFraud(other, 2),
      ])
      deepEqual(
        ends.map(({ status }) => status),
        ['fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
      )
      deepEqual(
        [first, other, second].map((keys) => choices.lookup(keys).standing.findings.length > 0),
        [true, true, false],
      )
      deepEqual(
        (await choices.erasuresUnderWay()).map(({ keys }) => keys),
        [first],
      )
    } finally {
      await end()
    }
  })
  test('in a folder that was moved a cell waits until the lease of whoever acted there has run out', async () => {
    const cell = { urls: [await server.database()], cell: '0' as NodeId }
    const folder = await mkdtemp(join(tmpdir(), 'sluice-cells-'))
    const connection = await connect({ urls: cell.urls, applicationName: 'test' })
    const waits: number[] = []
    const wait = async (ms: number): Promise<void> => void waits.push(ms)
    const joinIn = async (place: string, waiting = wait): Promise<readonly number[]> => {
      waits.length = 0
      const safety = { allowSingleCopy: true, fencing: 'none' } as const
      const { incarnation } = await joinCluster({ ...cell, safety }, place, INDEX_KEY, waiting)
      await renewLease(connection, { cell: cell.cell, incarnation, applied: 0 })
      return [...waits]
    }
    const [first, second] = [join(folder, 'first'), join(folder, 'second')]
    try {
      await mkdir(first)
      deepEqual(await joinIn(first), [], 'nobody acted before')
      deepEqual(await joinIn(first), [], 'the lock on the folder proves that nobody acts there')
      await cp(first, second, { recursive: true })
      await rejects(joinIn(second, () => Promise.reject(new Error('ended meanwhile'))))
      // Leases of ten seconds, two in a hundred more for clocks that run unevenly, and 0.2 s.
      deepEqual(await joinIn(second), [10_400])
      deepEqual(await joinIn(second), [])
      await rejects(joinIn(first), /acts in another folder/)
    } finally {
      await connection.end()
      await rm(folder, { recursive: true, force: true })
    }
  })
  test('a namespace that one cell has made ready takes in what another kept under the names of before', async () => {
    const opened = await openCells(2, createFreshness(1), () => 1)
    const ready = async (cell: number): Promise<void> => {
      for (const last of [false, true]) await opened.all[cell]!.splitNamespaces(['chat'], last)
    }
    const ann = (of: object): IdentityKey => opened.choices.keyOf({ kind: 'user', value: 'ann', ...of })
    try {
      await ready(0)
      await opened.reopen()
      const said = { denies: 7, permits: 0, child: false, channel: 'app', saidBy: 'test', at: 1 } as const
      await opened.all[1]!.put([ann({})], said)
      await ready(1)
      await caughtUp(opened.all)
      const inChat = ann({ of: { namespace: 'chat' } })
      deepEqual(
        opened.all.map((cell) => cell.lookup([inChat]).standing.findings.length),
        [1, 1],
      )
    } finally {
      await opened.end()
    }
  })
  describe('three cells end as one process does', () => {
    const KEYS = ['1', '2', 'a', 'd', 'e'].map(keyOf)
    const step = fc.record({
      cell: fc.nat({ max: 2 }),
      kind: fc.constantFrom('put', 'observe', 'observe', 'observe', 'erase'),
      keys: fc.subarray(KEYS, { minLength: 1, maxLength: 3 }),
      restricts: fc.boolean(),
    })
    test('whatever is said where: what is active, who said it, and how many', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
          const { all, choices, end } = await openCells(3, createFreshness(1), () => 1)
          const single = createMemoryLog().open({ freshness: createFreshness(1), now: () => 1 })
          try {
            for (const [index, one] of steps.entries()) {
              await apply(all[one.cell]!, one, (index + 1) * 10)
              await apply(single, one, (index + 1) * 10)
              await caughtUp(all)
            }
            for (const key of KEYS) {
              const wanted = findingsOf(single.lookup([key]).standing.findings)
              for (const cell of all) deepEqual(findingsOf(cell.lookup([key]).standing.findings), wanted)
              deepEqual(sorted(await choices.list([key])), sorted(await single.list([key])))
              deepEqual(
                all.map((cell) => cell.isSeen([key])),
                all.map(() => single.isSeen([key])),
              )
            }
            deepEqual(await choices.counts(), await single.counts())
          } finally {
            await end()
            await single.close()
          }
        }),
        { numRuns: RUNS },
      )
    })
  })
})

function keyOf(digit: string): IdentityKey {
  return digit.padStart(32, '8') as IdentityKey
}
type Step = { readonly kind: string; readonly keys: readonly IdentityKey[]; readonly restricts: boolean }
type Said = Pick<SharedChoices, 'put' | 'observe' | 'beginErasure'>
const GPC: Finding = {
  signal: 'gpc',
  denies: 7,
  permits: 0,
  deviceLimit: false,
  child: false,
  countryOnly: false,
  withdrawal: true,
  why: 'gpc',
}
async function apply(choices: Said, { kind, keys, restricts }: Step, at: number): Promise<void> {
  const said: ChoiceStatement = {
    denies: restricts ? 1 : 0,
    permits: restricts ? 0 : 15,
    child: false,
    channel: 'user_token',
    saidBy: 'user',
    at,
  }
  if (kind === 'put') await choices.put(keys, said)
  else if (kind === 'erase')
    await choices.beginErasure({ id: String(at), at, channel: 'user_token', keys: keys.slice(0, 1) })
  else
    await choices.observe([
      {
        identities: keys,
        device: keys[0]!,
        restricting: restricts ? [GPC] : [],
        lifting: restricts ? [] : ['gpc'],
        at,
      },
    ])
}
function findingsOf(findings: readonly Finding[]): readonly string[] {
  return [...new Set(findings.map((one) => JSON.stringify(one, Object.keys(one).sort())))].sort()
}
function sorted(list: readonly object[]): readonly string[] {
  return list.map((one) => JSON.stringify(one, Object.keys(one).sort())).sort()
}

async function prepare(url: string): Promise<void> {
  const connection = await connect({ urls: [url], applicationName: 'tests' })
  await migrate(connection)
  for (const cell of ['0', '1', '2']) await addCell(connection, cell as NodeId)
  // As long as it may be: a busy machine is not what these tests are about.
  await connection.query('UPDATE cluster SET lease_ms = 10000')
  await connection.end()
}

/** Every copy holds what the others have written: what a cluster waits for where somebody is more restricted than before. */
async function caughtUp(all: readonly SharedChoices[]): Promise<void> {
  const heads = await Promise.all(all.map((cell) => cell.head()))
  const head = Math.max(...heads)
  await until('every copy to hold what was written', () => all.every((cell) => cell.applied() >= head))
}

/** Cells over one database, in one process, that share what is fresh; each call goes to another one of them. */
async function openCells(count: number, freshness: Freshness, now: () => number) {
  const url = await server.database()
  const folder = await mkdtemp(join(tmpdir(), 'sluice-cells-'))
  let all: SharedChoices[] = []
  const inAll: Freshness = {
    ...freshness,
    publish: async (changed) => {
      await Promise.all([freshness.publish(changed), caughtUp(all)])
    },
  }
  const open = async (): Promise<void> => {
    all = []
    for (let index = 0; index < count; index++) {
      const cell = { urls: [url], cell: String(index) as NodeId }
      const place = join(folder, String(index))
      await mkdir(place, { recursive: true })
      const safety = { allowSingleCopy: true, fencing: 'none' } as const
      all.push(
        await openSharedChoices({
          ...cell,
          folder: place,
          member: await joinCluster({ ...cell, safety }, place, INDEX_KEY),
          indexKey: INDEX_KEY,
          freshness: inAll,
          // The one data thread is this one. The suite counts what the choices publish.
          inForce: () => new Promise((resolve) => setImmediate(resolve)),
          now,
          randomBytes,
          onProblem: (error) => {
            throw error
          },
          onFenced: (error) => {
            throw error
          },
        }),
      )
    }
  }
  await open()
  let turn = 0
  const next = (): SharedChoices => all[turn++ % count]!
  const choices: SharedChoices = {
    ...all[0]!,
    lookup: (keys) => next().lookup(keys),
    isSeen: (keys) => next().isSeen(keys),
    put: (keys, statement, options) => next().put(keys, statement, options),
    // A lift is no hurry to the others: here they are waited for, so that each may be asked.
    observe: async (observations) => {
      await next().observe(observations)
      await caughtUp(all)
      // A cell that took a restriction for known while another lifted it writes it again, and acknowledges nothing before.
      for (const cell of all) await cell.observe([])
      await caughtUp(all)
    },
    beginErasure: (erasure) => next().beginErasure(erasure),
    list: (keys) => next().list(keys),
    counts: () => next().counts(),
    keysOf: (handle) => next().keysOf(handle),
  }
  return {
    get all() {
      return all
    },
    choices,
    reopen: async () => {
      for (const cell of all) await cell.close()
      await open()
      return all[0]!
    },
    end: async () => {
      for (const cell of all) await cell.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function aged(freshness: Freshness, now: () => number): Promise<AgingUnderTest> {
  const { choices, end } = await openCells(2, freshness, now)
  return { choices, end }
}

async function cells(count: number, freshness: Freshness, now: () => number): Promise<ChoicesUnderTest> {
  const { choices, reopen, end } = await openCells(count, freshness, now)
  if (!choices.health().writable) {
    await end()
    throw new Error(`the cells opened without a lease: ${choices.health().why}`)
  }
  return { choices, reopen, end }
}

/** Tables that are safe to share: whoever compares any two of them, an erasure in between included, learns of fewer than a cohort nothing. */
import { deepEqual, equal } from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { releasedFiles } from '../../src/gateway/released-files.ts'
import type { LedgerEntry } from '../../src/model/disclosure.ts'
import { openSubjectKeys } from '../../src/storage/sqlite/subject-keys.ts'
import { createReleasedTables, type ReleasedTable } from '../../src/subjects/released-tables.ts'
import { startLedger } from '../../src/threads/ledger-client.ts'
import { startLedgerSealer } from '../../src/threads/ledger-sealer-client.ts'
import { addSubjectKeys, identity, KEY_ENCRYPTION_KEY } from '../support/subject-keys.ts'
import { intent, ORIGIN, outcome, signingKey } from './fixtures.ts'

const DAY_MS = 86_400_000
const OCTOBER = Date.UTC(2026, 9, 10)
const NOVEMBER = Date.UTC(2026, 10, 10)
const DECEMBER = Date.UTC(2026, 11, 10)

async function started(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-released-'))
  const numbers = addSubjectKeys(
    folder,
    Array.from({ length: 400 }, (_, n) => identity(n)),
  )
  const ledger = await startLedger({
    dataFolder: folder,
    signingKey: signingKey(),
    origin: ORIGIN,
    limits: { segmentLeaves: 500, checkpointMs: 1_000_000 },
    keyEncryptionKey: KEY_ENCRYPTION_KEY,
  })
  const archive = startLedgerSealer({ dataFolder: folder, size: () => ledger.size(), failed: () => undefined })
  t.after(async () => {
    await archive.close()
    await ledger.close()
    await rm(folder, { recursive: true, force: true })
  })
  let serial = 0
  let now = 0
  const send = async (people: readonly number[], at: number, partner = 'acme', isSent = true): Promise<void> => {
    const entries = people.flatMap((person): LedgerEntry[] => {
      const n = serial++
      const { epoch: _, blind: __, commitment: ___, bytes: ____, ...rest } = intent(n, 1, partner)
      const how = isSent ? undefined : ({ kind: 'cancelled_not_sent', why: 'choice' } as const)
      return [
        { ...rest, time: at, subject: identity(person), item: `item ${n}` },
        { ...outcome(n, how, 1, partner), time: at },
      ]
    })
    for (let from = 0; from < entries.length; from += 100) await ledger.append(entries.slice(from, from + 100))
  }
  const files = releasedFiles(folder)
  const tables = createReleasedTables({
    records: archive,
    files,
    floor: () => ledger.floor(),
    minimum: () => 100,
    now: () => now,
  })
  const release = async (month: string): Promise<ReleasedTable | undefined> => {
    const [year = 0, ofYear = 1] = month.split('-').map(Number)
    now = Date.UTC(year, ofYear) + 2 * DAY_MS
    await tables.releaseDue()
    return tables.table(month)
  }
  const erase = async (person: number): Promise<void> => {
    const keys = openSubjectKeys(join(folder, 'keys', 'subjects.db'))
    keys.remove([identity(person)])
    keys.close()
    await archive.forget({ subjects: [numbers[person]!], identities: [identity(person)] })
  }
  return {
    folder,
    send,
    tables,
    release,
    erase,
    ledger,
    setNow: (to: number): void => {
      now = to
    },
  }
}
const people = (from: number, to: number): readonly number[] => Array.from({ length: to - from }, (_, n) => from + n)
const of = (table: ReleasedTable | undefined, partner = 'acme') =>
  table?.cells.filter((cell) => cell.partner === partner)

describe('a released table', () => {
  test('counts each person once, by fixed dimensions, rounded down to tens; what was not sent does not count', async (t) => {
    const { send, release } = await started(t)
    await send(people(0, 137), NOVEMBER)
    await send(people(0, 20), NOVEMBER + 1)
    await send(people(200, 350), NOVEMBER, 'never', false)
    deepEqual((await release('2026-11'))?.cells, [
      { partner: 'acme', app: 'messenger-ios', law: 'us-ca', people: 130, disclosures: 150 },
    ])
  })

  test('has no cell of fewer people than the minimum', async (t) => {
    const { send, release } = await started(t)
    await send(people(0, 150), NOVEMBER)
    await send(people(0, 99), NOVEMBER, 'small')
    await send(people(0, 100), NOVEMBER, 'just')
    const table = await release('2026-11')
    deepEqual(
      table?.cells.map(({ partner, people: count }) => [partner, count]),
      [
        ['acme', 150],
        ['just', 100],
      ],
    )
  })

  test('is nothing where fewer than the minimum are new since the release before', async (t) => {
    const { send, release } = await started(t)
    await send(people(0, 200), OCTOBER)
    await send(people(0, 299), NOVEMBER)
    await send(people(0, 400), DECEMBER)
    equal(of(await release('2026-10'))?.length, 1)
    deepEqual((await release('2026-11'))?.cells, [])
    equal(of(await release('2026-12'))?.length, 1)
  })

  test('is of its own month alone: a person at its border is counted in one', async (t) => {
    const { send, release } = await started(t)
    const end = Date.UTC(2026, 10, 1)
    await send(people(0, 150), end - 1)
    await send(people(150, 320), end)
    deepEqual([of(await release('2026-10'))?.[0]?.people, of(await release('2026-11'))?.[0]?.people], [150, 170])
  })

  test('is not made before its month is over for a day, nor where records of it were pruned', async (t) => {
    const { send, tables, setNow } = await started(t)
    await send(people(0, 150), NOVEMBER)
    setNow(Date.UTC(2026, 11, 1) + DAY_MS / 2)
    await tables.releaseDue()
    equal(await tables.table('2026-11'), undefined)
    equal(await tables.table('../keys'), undefined)
  })
})

describe('whoever tries to difference', () => {
  test('finds the same table however often they ask, also after an erasure and after more records', async (t) => {
    const { send, release, erase, tables } = await started(t)
    await send(people(0, 150), NOVEMBER)
    const before = await release('2026-11')
    await erase(7)
    await send([300], NOVEMBER)
    deepEqual(await release('2026-11'), before)
    deepEqual(await tables.table('2026-11'), before)
  })

  test('learns nothing of one person who is erased before a release, by any pair of tables', async (t) => {
    /** The same months with and without the person: what an attacker who knows all others would compare. */
    const tablesWith = async (isThere: boolean): Promise<readonly (ReleasedTable | undefined)[]> => {
      const { send, release, erase } = await started(t)
      await send(people(0, 150), OCTOBER)
      await send(people(150, 300), NOVEMBER)
      await send(people(0, 150), DECEMBER)
      if (isThere) await send([350], NOVEMBER)
      const october = await release('2026-10')
      if (isThere) await erase(350)
      return [october, await release('2026-11'), await release('2026-12')]
    }
    deepEqual(await tablesWith(true), await tablesWith(false))
  })

  test('learns of one more person nothing, within a step of ten', async (t) => {
    const peopleOf = async (count: number): Promise<number | undefined> => {
      const { send, release } = await started(t)
      await send(people(0, count), NOVEMBER)
      return of(await release('2026-11'))?.[0]?.people
    }
    deepEqual([await peopleOf(120), await peopleOf(121), await peopleOf(129)], [120, 120, 120])
  })

  test('finds nothing in the folder but the tables', async (t) => {
    const { folder, send, release } = await started(t)
    await send(people(0, 150), NOVEMBER)
    await release('2026-11')
    deepEqual(await readdir(join(folder, 'released')), ['2026-11.json'])
  })
})

describe('the report', () => {
  test('shows a count only from the minimum on', async (t) => {
    const { ledger, release, send } = await started(t)
    await send(people(0, 150), NOVEMBER)
    const receipts = (count: number, action: string): LedgerEntry[] =>
      Array.from({ length: count }, () => ({
        kind: 'receipt',
        time: Date.UTC(2026, 10, 10),
        nonce: '0'.repeat(32),
        action,
        facts: {},
      }))
    await ledger.append([...receipts(123, 'opt_out'), ...receipts(3, 'opt_in')])
    const { report } = (await release('2026-11'))!
    deepEqual([report.opt_outs, report.opt_ins, report.erasures], [120, 'fewer than the minimum', 'none'])
  })
})

/** Tables that are safe to share: whoever compares any two of them, an erasure in between included, learns of fewer than a cohort nothing. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { releasedFiles } from '../../src/gateway/released-files.ts'
import type { EventRef, PartnerId } from '../../src/model/brand.ts'
import type { ActionKind, LedgerEntry } from '../../src/model/disclosure.ts'
import type { NoticeState } from '../../src/notices/ports.ts'
import { endRecord } from '../../src/notices/records.ts'
import { openSubjectKeys } from '../../src/storage/sqlite/subject-keys.ts'
import { createReleasedTables, type ReleasedTable } from '../../src/subjects/released-tables.ts'
import { startLedger } from '../../src/threads/ledger-client.ts'
import { startLedgerSealer } from '../../src/threads/ledger-sealer-client.ts'
import { createDice } from '../faults/random.ts'
import { addSubjectKeys, identity, KEY_ENCRYPTION_KEY } from '../support/subject-keys.ts'
import { intent, ORIGIN, outcome, signingKey } from './fixtures.ts'

const DAY_MS = 86_400_000
const OCTOBER = Date.UTC(2026, 9, 10)
const NOVEMBER = Date.UTC(2026, 10, 10)
const DECEMBER = Date.UTC(2026, 11, 10)

async function started(t: TestContext, minimum = 100) {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-released-'))
  const numbers: number[] = []
  const addKeys = (people: readonly number[]): void => {
    const added = addSubjectKeys(folder, people.map(identity))
    for (const [at, person] of people.entries()) numbers[person] = added[at]!
  }
  addKeys(people(0, 400))
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
    minimum: () => minimum,
    now: () => now,
  })
  const release = async (month: string): Promise<ReleasedTable | undefined> => {
    const [year = 0, ofYear = 1] = month.split('-').map(Number)
    now = Date.UTC(year, ofYear) + 2 * DAY_MS
    await tables.releaseDue()
    return tables.table(month)
  }
  const erase = async (...gone: readonly number[]): Promise<void> => {
    const [identities, subjects] = [gone.map(identity), gone.map((person) => numbers[person]!)]
    const keys = openSubjectKeys(join(folder, 'keys', 'subjects.db'))
    keys.remove(identities)
    keys.close()
    await ledger.forget(identities, subjects)
    await archive.forget({ subjects, identities })
  }
  return {
    folder,
    send,
    tables,
    release,
    erase,
    /** Whoever was erased uses the app again: a new key, and nobody knows that it is the same person. */
    comeBack: addKeys,
    ledger,
    setNow: (to: number): void => {
      now = to
    },
  }
}
function acts(kind: ActionKind, count: number, action: string, time = NOVEMBER): LedgerEntry[] {
  const day = time - (time % DAY_MS)
  return Array.from({ length: count }, () => ({ kind, time: day, nonce: '0'.repeat(32), action, facts: {} }))
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

  test('does not show a cell where fewer than the minimum are new since it was last shown', async (t) => {
    const { send, release } = await started(t)
    await send(people(0, 200), OCTOBER)
    await send(people(0, 299), NOVEMBER)
    await send(people(0, 300), DECEMBER)
    equal(of(await release('2026-10'))?.length, 1)
    deepEqual((await release('2026-11'))?.cells, [])
    // November showed nothing that December could be compared with.
    equal(of(await release('2026-12'))?.length, 1)
  })

  test('shows a cell by its own new people, whoever is new in another', async (t) => {
    const { send, release } = await started(t)
    for (const [month, at] of [OCTOBER, NOVEMBER].entries()) {
      await send(people(0, 150 + month), at)
      await send(people(month * 150, 150 + month * 150), at, 'bolt')
    }
    deepEqual(
      (await release('2026-10'))?.cells.map(({ partner }) => partner),
      ['acme', 'bolt'],
    )
    deepEqual(
      (await release('2026-11'))?.cells.map(({ partner }) => partner),
      ['bolt'],
    )
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

  test('learns nothing of one person by a table of an earlier month than the last', async (t) => {
    const { send, release } = await started(t)
    await send(people(0, 150), OCTOBER)
    await send(people(150, 300), NOVEMBER)
    await send(people(0, 151), DECEMBER)
    const shown = [await release('2026-10'), await release('2026-11'), await release('2026-12')]
    deepEqual(
      shown.map((table) => of(table)?.length),
      [1, 1, 0],
    )
  })

  test('learns nothing by people who are erased and come back: they are not new', async (t) => {
    const { send, release, erase, comeBack } = await started(t)
    await send(people(0, 150), OCTOBER)
    equal(of(await release('2026-10'))?.length, 1)
    await erase(...people(0, 110))
    comeBack(people(0, 110))
    await send(people(0, 151), NOVEMBER)
    equal(of(await release('2026-11'))?.length, 0)
  })

  test('finds between any two tables that show a cell as many new people in it as the minimum, whatever befalls them', async (t) => {
    const minimum = 30
    const dice = createDice('difference')
    const { send, release, erase, comeBack } = await started(t, minimum)
    const shown: { readonly month: string; readonly partner: string; readonly of: ReadonlySet<number> }[] = []
    let gone: number[] = []
    for (let month = 1; month <= 12; month++) {
      comeBack(gone)
      const name = `2026-${String(month).padStart(2, '0')}`
      const members = new Map<string, Set<number>>()
      for (const partner of ['acme', 'bolt', 'cobalt']) {
        const from = dice.between(0, 12) * 15
        members.set(partner, new Set(people(from, from + dice.between(3, 8) * 15)))
        await send([...members.get(partner)!], Date.UTC(2026, month - 1, 10), partner)
      }
      gone = people(0, 400).filter(() => dice.chance(0.03))
      const [before, after] = [gone.slice(0, 5), gone.slice(5)]
      await erase(...before)
      const table = await release(name)
      await erase(...after)
      for (const { partner } of table!.cells) {
        const counted = new Set([...members.get(partner)!].filter((person) => !before.includes(person)))
        for (const earlier of shown.filter((one) => one.partner === partner)) {
          const fresh = [...counted].filter((person) => !earlier.of.has(person)).length
          // How many are gone is known by what the earlier table shows: rounded down.
          ok(fresh > minimum - 10, `${partner}, ${earlier.month} and ${name}: ${fresh} new`)
        }
        shown.push({ month: name, partner, of: counted })
      }
    }
    ok(shown.length > 10 && shown.length < 30, `${shown.length} cells were shown`)
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
    await ledger.append([...acts('receipt', 123, 'opt_out'), ...acts('receipt', 3, 'opt_in')])
    const { report } = (await release('2026-11'))!
    deepEqual([report.opt_outs, report.opt_ins, report.erasures], [120, 'fewer than the minimum', 'none'])
  })

  test('counts what each count says, and nothing beside it', async (t) => {
    const { ledger, release } = await started(t, 20)
    const ends = (count: number, state: NoticeState, from = 0): LedgerEntry[] =>
      Array.from({ length: count }, (_, n) => {
        const ref = `${state === 'unresolved' || from > 0 ? 'task' : state}${n + from}` as EventRef
        const of = { id: '', ref, partner: 'acme' as PartnerId, verb: 'erase', class: '', state, why: '' } as const
        return endRecord(of, NOVEMBER)
      })
    await ledger.append([
      ...acts('receipt', 20, 'opt_out'),
      ...acts('receipt', 20, 'mixed'),
      ...acts('receipt', 30, 'opt_in'),
      ...['withdraw', 'child', 'erase'].flatMap((verb) => acts('receipt', 25, verb)),
      ...acts('request', 50, 'erasure'),
      ...['erasure_recipient', 'erasure_identity', 'erasure_refused'].flatMap((what) => acts('request', 25, what)),
      // Of one erasure there may be several: one that is done again after choices were restored, or goes on after a crash.
      ...acts('control', 60, 'subject_keys_destroyed'),
      ...acts('case', 70, 'opened'),
      ...acts('case', 75, 'done'),
      ...acts('by_hand', 80, 'disclosed'),
      ...acts('by_hand', 85, 'disclosed_person'),
    ])
    await ledger.append([
      ...ends(30, 'confirmed'),
      ...ends(40, 'accepted'),
      // After a crash an end may be on record twice.
      ...ends(40, 'accepted'),
      ...ends(20, 'refused'),
      ...ends(10, 'no_match'),
      ...ends(10, 'cannot_be_told'),
      ...ends(10, 'expired'),
      ...ends(30, 'unresolved'),
    ])
    // Staff found out about ten of those that nobody knew the end of.
    await ledger.append(ends(10, 'confirmed', 20))
    await ledger.append(acts('request', 1_000, 'erasure', DECEMBER))
    deepEqual((await release('2026-11'))?.report, {
      opt_outs: 40,
      opt_ins: 30,
      erasures: 50,
      notices: 'none',
      cases: 70,
      disclosures_by_hand: 80,
      notices_confirmed: 40,
      notices_accepted: 40,
      notices_refused: 20,
      notices_without_answer: 50,
    })
  })
})

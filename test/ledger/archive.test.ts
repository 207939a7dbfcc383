/** The ledger's reading side over real files: whatever was durable is found, before, while and after segments seal. */
import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, type TestContext, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { LedgerArchive } from '../../src/ledger/ports.ts'
import type { IdentityKey } from '../../src/model/brand.ts'
import type { IntentEntry, LedgerEntry, LedgerRecord } from '../../src/model/disclosure.ts'
import { openLedgerArchive } from '../../src/threads/ledger-archive.ts'
import { startLedger } from '../../src/threads/ledger-client.ts'
import { startLedgerSealer } from '../../src/threads/ledger-sealer-client.ts'
import { addSubjectKeys, identity, KEY_ENCRYPTION_KEY } from '../support/subject-keys.ts'
import { until } from '../support/until.ts'
import { dataFolder, disclosureId, intent, ORIGIN, outcome, signingKey, TIME, withheld } from './fixtures.ts'

const SEGMENT = 16
const PARTNERS = ['meta', 'adjust', 'branch']
const PEOPLE = 5

/** INTENT number `n` as the gateway hands it over, about one of five people. */
function entry(n: number): IntentEntry {
  const { epoch: _, blind: __, commitment: ___, bytes: ____, ...rest } = intent(n, 1, PARTNERS[n % 3])
  return { ...rest, revision: (3 + (n % 2)) as typeof rest.revision, subject: identity(n % PEOPLE), item: `item ${n}` }
}
/** For every four pairs three are sent, of which one is refused and one stays open, and one is withheld. */
function entries(from: number, to: number): LedgerEntry[] {
  return Array.from({ length: to - from }, (_, i) => from + i).flatMap((n): LedgerEntry[] => {
    const partner = PARTNERS[n % 3]!
    if (n % 4 === 3) return [{ ...withheld(n, 'choice', partner), subject: identity(n % PEOPLE) }]
    if (n % 4 === 2) return [entry(n)]
    if (n % 4 === 1) return [entry(n), outcome(n, { kind: 'refused', status: 400, retry: false }, 1, partner)]
    return [entry(n), outcome(n, undefined, 1, partner)]
  })
}

interface Home {
  readonly folder: string
  readonly key: ReturnType<typeof signingKey>
}
async function home(t: TestContext): Promise<Home> {
  const folder = await dataFolder(t)
  addSubjectKeys(
    folder,
    Array.from({ length: PEOPLE }, (_, n) => identity(n)),
  )
  return { folder, key: signingKey() }
}
async function start(t: TestContext, { folder, key }: Home) {
  const ledger = await startLedger({
    dataFolder: folder,
    signingKey: key,
    origin: ORIGIN,
    keyEncryptionKey: KEY_ENCRYPTION_KEY,
    limits: { segmentLeaves: SEGMENT, checkpointMs: 0 },
  })
  t.after(() => ledger.close())
  return ledger
}
const open = (t: TestContext, { folder }: Home): LedgerArchive => {
  const archive = openLedgerArchive(folder, () => turn())
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing ??= archive.close()
    return closing
  }
  t.after(close)
  return { ...archive, close }
}
const indexes = ({ folder }: Home): string[] =>
  readdirSync(join(folder, 'ledger')).filter((name) => /^index-\d+\.db$/u.test(name))
const segments = ({ folder }: Home): string[] =>
  readdirSync(join(folder, 'ledger'))
    .filter((name) => /^segment-\d+\.db$/u.test(name))
    .sort()

type Found = LedgerRecord & { readonly seq: number; readonly outcome?: { readonly kind: string } }
async function all(archive: LedgerArchive, query: Parameters<LedgerArchive['find']>[0] = {}, limit = 7) {
  const found: Found[] = []
  for (let after: number | undefined; ; ) {
    const page = await archive.find({ ...query, limit, ...(after === undefined ? {} : { after }) })
    // Sound: rows of records, as `leafJson` gives them.
    found.push(...(page.records as unknown as Found[]))
    if (page.next === undefined) return found
    after = page.next
  }
}

describe('the ledger’s reading side', () => {
  test('finds by subject, partner, field, treatment, reason, app, revision and time, in part sealed and in part not', async (t) => {
    const here = await home(t)
    const ledger = await start(t, here)
    const archive = open(t, here)
    for (let n = 0; n < 60; n += 3) await ledger.append(entries(n, n + 3))
    await archive.seal()
    ok(indexes(here).length >= 4)
    await ledger.append(entries(60, 70))
    const everything = await all(archive)
    deepStrictEqual(
      everything.map(({ seq }) => seq),
      Array.from({ length: ledger.size() }, (_, seq) => seq),
    )
    const pairs = Array.from({ length: 70 }, (_, n) => n)
    const sent = pairs.filter((n) => n % 4 !== 3)
    const eventsOf = (rows: readonly Found[]): number[] =>
      rows.map((row) => Number.parseInt('eventRef' in row ? row.eventRef : '', 16)).sort((a, b) => a - b)
    const rows: [string, Parameters<LedgerArchive['find']>[0], readonly number[]][] = [
      ['one subject', { subject: [identity(2)] }, pairs.filter((n) => n % PEOPLE === 2)],
      ['two identities', { subject: [identity(2), identity(4)] }, pairs.filter((n) => [2, 4].includes(n % PEOPLE))],
      ['a stranger', { subject: [identity(77)] }, []],
      ['a partner', { kind: 'intent', partner: 'adjust' }, sent.filter((n) => n % 3 === 1)],
      ['a subject at a partner', { subject: [identity(1)], partner: 'adjust' }, pairs.filter((n) => n % 15 === 1)],
      ['a field', { field: 'advertising_id' }, sent],
      ['a field nobody got', { field: 'email' }, []],
      ['a treatment', { field: 'os', treatment: 'pass' }, sent],
      ['another treatment', { field: 'os', treatment: 'reduced' }, []],
      ['a reason', { reason: 'choice' }, pairs.filter((n) => n % 4 === 3)],
      ['an app', { app: 'messenger-ios', kind: 'intent' }, sent],
      ['another app', { app: 'messenger-android' }, []],
      ['a revision', { kind: 'intent', revision: 4 }, sent.filter((n) => n % 2 === 1)],
      ['a time', { kind: 'intent', from: TIME + 20, to: TIME + 40 }, sent.filter((n) => n >= 20 && n < 40)],
      ['a purpose and a country', { purpose: 'measurement', country: 'US' }, sent],
      ['a purpose without', { purpose: 'advertising' }, []],
    ]
    for (const [what, query, expected] of rows) deepStrictEqual(eventsOf(await all(archive, query)), expected, what)
    const kinds = (await all(archive, { kind: 'intent' })).map((row) => row.outcome?.kind)
    deepStrictEqual(
      [...new Set(kinds)].map((kind) => [kind, kinds.filter((one) => one === kind).length]),
      [
        ['delivered', 18],
        ['refused', 18],
        [undefined, 17],
      ],
    )
    await ledger.close()
  })

  test('a cursor stays good while records come and segments seal', async (t) => {
    const here = await home(t)
    const ledger = await start(t, here)
    const archive = open(t, here)
    await ledger.append(entries(0, 20))
    const seen: number[] = []
    let after: number | undefined
    for (let n = 20; n < 60; n += 2) {
      const page = await archive.find({
        partner: 'meta',
        kind: 'intent',
        limit: 2,
        ...(after === undefined ? {} : { after }),
      })
      seen.push(...page.records.map(({ seq }) => seq as number))
      after = seen.at(-1)
      await ledger.append(entries(n, n + 2))
      if (n % 10 === 0) await archive.seal()
    }
    for (const { seq } of await all(archive, {
      partner: 'meta',
      kind: 'intent',
      ...(after === undefined ? {} : { after }),
    }))
      seen.push(seq)
    const whole = await all(archive, { partner: 'meta', kind: 'intent' })
    deepStrictEqual(
      [...new Set(seen)],
      whole.map(({ seq }) => seq),
    )
    await ledger.close()
  })

  test('sealing closes the write-ahead log of a segment', async (t) => {
    const here = await home(t)
    const ledger = await start(t, here)
    const archive = startLedgerSealer({ dataFolder: here.folder, size: () => ledger.size(), failed: fail, lookMs: 5 })
    t.after(() => archive.close())
    for (let n = 0; n < 60; n += 3) await ledger.append(entries(n, n + 3))
    await until('the first segments to be sealed by themselves', () => indexes(here).length > 2)
    await archive.seal()
    // Whoever opened a segment meanwhile would keep its log from being closed.
    strictEqual(indexes(here).length, segments(here).length - 1)
    strictEqual((await all(archive, { subject: [identity(2)] })).length, 12)
    await archive.close()
    await ledger.close()
    const logs = readdirSync(join(here.folder, 'ledger')).filter((name) => name.endsWith('-wal'))
    deepStrictEqual(
      logs.filter((name) => statSync(join(here.folder, 'ledger', name)).size > 0),
      [],
    )
  })

  test('a stop while an index was written is made good by the next start', async (t) => {
    const here = await home(t)
    const ledger = await start(t, here)
    for (let n = 0; n < 30; n += 3) await ledger.append(entries(n, n + 3))
    await ledger.close()
    writeFileSync(join(here.folder, 'ledger', 'index-000000000000.db.new'), 'half of it')
    const archive = open(t, here)
    await archive.seal()
    ok(existsSync(join(here.folder, 'ledger', 'index-000000000000.db')))
    ok(!existsSync(join(here.folder, 'ledger', 'index-000000000000.db.new')))
    strictEqual((await all(archive, { subject: [identity(2)] })).length, 6)
  })

  const PHONE = 'f0'.repeat(16) as IdentityKey
  const SHARED = 'f1'.repeat(16) as IdentityKey
  /** Sixty disclosures of ten people; the phone is number 2's alone, the tablet 2's and 4's. */
  async function written(t: TestContext): Promise<Home> {
    const here = await home(t)
    const ledger = await start(t, here)
    for (let n = 0; n < 60; n += 3) {
      const found = entries(n, n + 3).map((entry): LedgerEntry => {
        if (!('subject' in entry)) return entry
        if (entry.subject === identity(2)) return { ...entry, finders: [PHONE, SHARED] }
        return entry.subject === identity(4) ? { ...entry, finders: [SHARED] } : entry
      })
      await ledger.append(found)
    }
    await ledger.close()
    return here
  }
  const seqsOf = (found: readonly Found[]): number[] => found.map(({ seq }) => seq)
  async function asked(archive: LedgerArchive) {
    const two = seqsOf(await all(archive, { subject: [identity(2)] }))
    const four = seqsOf(await all(archive, { subject: [identity(4)] }))
    const phone = seqsOf(await all(archive, { foundBy: [PHONE] }))
    const shared = seqsOf(await all(archive, { foundBy: [SHARED] }))
    return { two, four, phone, shared }
  }

  test('a record is found by each identity of its event, and listed once, sealed or not', async (t) => {
    const here = await written(t)
    const archive = open(t, here)
    const before = await asked(archive)
    deepStrictEqual([before.two.length, before.four.length], [12, 12])
    deepStrictEqual(before.phone, before.two)
    deepStrictEqual(
      before.shared,
      [...before.two, ...before.four].sort((a, b) => a - b),
    )
    await archive.seal()
    deepStrictEqual(await asked(archive), before)
    deepStrictEqual(seqsOf(await all(archive, { subject: [identity(2)], foundBy: [PHONE, SHARED] })), before.shared)
  })

  test('what a person is forgotten by is gone from segments and indexes: their records, and that others lead to them', async (t) => {
    const here = await written(t)
    const archive = open(t, here)
    const before = await asked(archive)
    await archive.seal()
    const ledger = await start(t, here)
    await ledger.forget([identity(2), PHONE], [3])
    strictEqual(await archive.forget({ subjects: [3], identities: [identity(2), PHONE] }), 12)
    await ledger.close()
    const after = await asked(archive)
    deepStrictEqual(after, { two: [], four: before.four, phone: [], shared: before.four })
    await archive.close()
    // Nothing of it is left to make an index of again.
    for (const name of indexes(here)) rmSync(join(here.folder, 'ledger', name))
    const again = open(t, here)
    await again.seal()
    deepStrictEqual(await asked(again), after)
    for (const name of [...segments(here), ...indexes(here)])
      ok(!readFileSync(join(here.folder, 'ledger', name)).includes(Buffer.from(PHONE, 'hex')), name)
  })

  const damage: readonly [string, string][] = [
    ['all entries deleted', 'DELETE FROM subjects'],
    ['some deleted', 'DELETE FROM subjects WHERE seq % 7 = 1'],
    ['people exchanged', 'UPDATE subjects SET subject = iif(subject = 3, 95, iif(subject = 5, 3, subject))'],
    [
      'one given to another',
      'UPDATE subjects SET subject = 95 WHERE seq = (SELECT min(seq) FROM subjects WHERE subject = 3)',
    ],
    ['finders deleted', 'DELETE FROM finders'],
    ['the index itself', ''],
  ]
  for (const [what, sql] of damage) {
    test(`an index with ${what} is made again of its segment, and answers are whole`, async (t) => {
      const here = await written(t)
      const first = open(t, here)
      const before = await asked(first)
      await first.seal()
      await first.close()
      for (const name of indexes(here)) {
        const path = join(here.folder, 'ledger', name)
        if (sql === '') {
          rmSync(path)
          continue
        }
        const db = new DatabaseSync(path)
        db.exec(sql)
        db.close()
      }
      deepStrictEqual(await asked(open(t, here)), before)
    })
  }

  test('where nothing says any more whom records are about, the answer says that it is not whole', async (t) => {
    const here = await written(t)
    const first = open(t, here)
    await first.seal()
    await first.close()
    for (const name of indexes(here)) rmSync(join(here.folder, 'ledger', name))
    for (const name of segments(here)) {
      const db = new DatabaseSync(join(here.folder, 'ledger', name))
      db.exec('DELETE FROM owners')
      db.close()
    }
    const archive = open(t, here)
    strictEqual((await archive.find({ subject: [identity(2)] })).incomplete, true)
    strictEqual((await archive.find({ kind: 'intent' })).incomplete, undefined, 'it is only people that are not known')
    await archive.seal()
    strictEqual((await archive.find({ subject: [identity(2)] })).incomplete, true, 'also once it has an index')
  })

  test('what is forgotten is in no index any more, sealed or not, and every record and proof stays', async (t) => {
    const here = await home(t)
    const ledger = await start(t, here)
    const archive = open(t, here)
    for (let n = 0; n < 60; n += 3) await ledger.append(entries(n, n + 3))
    await archive.seal()
    await ledger.append(entries(60, 70))
    strictEqual(await archive.forget({ subjects: [3], identities: [] }), 14)
    strictEqual(await archive.forget({ subjects: [3], identities: [] }), 0)
    deepStrictEqual(await all(archive, { subject: [identity(2)] }), [])
    strictEqual((await all(archive)).length, ledger.size())
    strictEqual((await all(archive, { subject: [identity(1)] })).length, 14)
    await ledger.close()
  })

  test('counts for a record of processing, and for a breach who received a field and how many people it was about', async (t) => {
    const here = await home(t)
    // The same people have another key in another month: each still counts once.
    addSubjectKeys(here.folder, [identity(0), identity(1)], 683)
    const ledger = await start(t, here)
    const archive = open(t, here)
    for (let n = 0; n < 60; n += 3) await ledger.append(entries(n, n + 3))
    await archive.seal()
    await ledger.append(entries(60, 70))
    const sent = Array.from({ length: 70 }, (_, n) => n).filter((n) => n % 4 !== 3)
    const at = (partner: string): readonly number[] => sent.filter((n) => PARTNERS[n % 3] === partner)
    const processing = ['partner', 'field', 'treatment', 'purpose', 'country'] as const
    deepStrictEqual(
      await archive.count({ by: processing, kind: 'intent', field: 'ip' }),
      [...PARTNERS].sort().map((partner) => ({
        partner,
        field: 'ip',
        treatment: '24/48',
        purpose: 'measurement',
        country: 'US',
        count: at(partner).length,
      })),
    )
    deepStrictEqual(
      await archive.count({ by: ['partner'], kind: 'intent', field: 'ip', people: true }),
      [...PARTNERS].sort().map((partner) => ({
        partner,
        count: at(partner).length,
        people: new Set(at(partner).map((n) => n % PEOPLE)).size,
      })),
    )
    deepStrictEqual(await archive.count({ by: ['partner'], kind: 'intent', field: 'email' }), [])
    deepStrictEqual(await archive.count({ by: ['reason'], kind: 'withheld' }), [{ reason: 'choice', count: 17 }])
    deepStrictEqual(
      (await archive.count({ by: ['ending'], kind: 'intent' })).map(({ ending, count }) => [ending, count]),
      [
        ['delivered', 18],
        ['open', 17],
        ['refused', 18],
      ],
    )
    deepStrictEqual(await archive.count({ by: ['kind'], kind: 'intent', from: TIME + 2 * 86_400_000 }), [])
  })

  test('a record that counts a minute’s pairs counts as so many', async (t) => {
    const here = await home(t)
    const ledger = await start(t, here)
    await ledger.append([withheld(1), { ...withheld(2), count: 40 }])
    deepStrictEqual(await open(t, here).count({ by: ['partner'], kind: 'withheld' }), [{ partner: 'meta', count: 41 }])
  })

  test('a record is found by its disclosure id, also where the clock was set back', async (t) => {
    const here = await home(t)
    const ledger = await start(t, here)
    const archive = open(t, here)
    for (let n = 0; n < 60; n += 3)
      await ledger.append(entries(n, n + 3).map((one) => (n > 30 ? { ...one, time: one.time - 86_400_000 } : one)))
    for (const n of [0, 1, 30, 40, 58]) {
      const found = await archive.record({ id: disclosureId(n) })
      deepStrictEqual([found?.kind, found?.id], ['intent', disclosureId(n)])
    }
    strictEqual(await archive.record({ id: disclosureId(3) }), undefined)
    strictEqual(await archive.record({ id: 'no id' }), undefined)
    await ledger.close()
  })
})

function fail(error: unknown): void {
  throw error
}

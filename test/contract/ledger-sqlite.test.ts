import { deepStrictEqual, match, ok, rejects, strictEqual } from 'node:assert/strict'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { decodeLeaf } from '../../src/ledger/leaf.ts'
import { readLeaves, readSize } from '../../src/ledger/read.ts'
import { LedgerFolder } from '../../src/storage/sqlite/ledger-folder.ts'
import { type LedgerOptions, startLedger } from '../../src/threads/ledger-client.ts'
import { verifyLedger } from '../../src/threads/ledger-verify.ts'
import {
  dataFolder,
  disclosureId,
  eventRef,
  intent,
  ORIGIN,
  outcome,
  signingKey,
  TIME,
  withheld,
} from '../ledger/fixtures.ts'
import { describeLedger } from './ledger.ts'

type Limits = NonNullable<LedgerOptions['limits']>

const KINDS: [string, Limits][] = [
  ['SQLite segments', {}],
  ['SQLite segments of at most 7 records', { segmentLeaves: 7 }],
  ['SQLite segments that are too old at once', { segmentAgeMs: -1 }],
]
for (const [name, limits] of KINDS) {
  describeLedger(name, async (t) => {
    const folder = await dataFolder(t)
    const key = signingKey()
    const files = new LedgerFolder(folder)
    return {
      start: () => startLedger({ dataFolder: folder, signingKey: key, origin: ORIGIN, limits }),
      records: () => [...readLeaves(files, 0, readSize(files))].map(({ leaf }) => decodeLeaf(leaf).record),
      problems: async () => (await verifyLedger(folder)).problems.map((problem) => problem.name),
    }
  })
}

const segmentFiles = async (folder: string): Promise<readonly string[]> =>
  (await readdir(join(folder, 'ledger'))).filter((name) => name.endsWith('.db')).sort()

describe('SQLite segments', () => {
  test('a segment is cut before the group that would overfill it, named after its first record', async (t) => {
    const folder = await dataFolder(t)
    const ledger = await startLedger({
      dataFolder: folder,
      signingKey: signingKey(),
      origin: ORIGIN,
      limits: { segmentLeaves: 10 },
    })
    for (let n = 0; n < 5; n++) await ledger.append([0, 1, 2, 3].map((i) => withheld(4 * n + i)))
    await ledger.close()
    deepStrictEqual(await segmentFiles(folder), [
      'segment-000000000000.db',
      'segment-000000000008.db',
      'segment-000000000016.db',
    ])
    const report = await verifyLedger(folder)
    deepStrictEqual([report.verified, report.size, report.signedSize, report.segments], [true, 20, 20, 3])
  })

  test('an intent left open several segments back is found at start', async (t) => {
    const folder = await dataFolder(t)
    const options = { dataFolder: folder, signingKey: signingKey(), origin: ORIGIN, limits: { segmentLeaves: 2 } }
    const first = await startLedger(options)
    await first.append([intent(1)])
    for (let n = 2; n < 9; n++) await first.append([intent(n), outcome(n)])
    await first.close()
    const second = await startLedger(options)
    strictEqual(second.unresolvedAtStart, 1)
    await second.close()
    strictEqual((await verifyLedger(folder)).verified, true)
  })

  test('the readable columns say what the leaf says', async (t) => {
    const folder = await dataFolder(t)
    const ledger = await startLedger({ dataFolder: folder, signingKey: signingKey(), origin: ORIGIN })
    const facts = { number: 4 }
    await ledger.append([
      intent(1),
      outcome(1),
      withheld(2, 'gpc', 'appsflyer'),
      { kind: 'control', time: TIME, action: 'stop', facts },
    ])
    await ledger.close()
    const db = new DatabaseSync(join(folder, 'ledger/segment-000000000000.db'), { readOnly: true })
    t.after(() => db.close())
    const rows = db
      .prepare('SELECT seq, kind, time, hex(id) AS id, hex(event_ref) AS event, partner FROM records')
      .all()
    const id = disclosureId(1).replaceAll('-', '').toUpperCase()
    deepStrictEqual(
      rows.map((row) => ({ ...row })),
      [
        { seq: 0, kind: 'intent', time: TIME + 1, id, event: eventRef(1), partner: 'meta' },
        { seq: 1, kind: 'outcome', time: TIME + 1, id, event: eventRef(1), partner: 'meta' },
        { seq: 2, kind: 'withheld', time: TIME + 2, id: '', event: eventRef(2), partner: 'appsflyer' },
        { seq: 3, kind: 'control', time: TIME, id: '', event: '', partner: null },
      ],
    )
  })

  test('it can be read and verified while it is written', async (t) => {
    const folder = await dataFolder(t)
    const ledger = await startLedger({
      dataFolder: folder,
      signingKey: signingKey(),
      origin: ORIGIN,
      limits: { segmentLeaves: 500 },
    })
    let stop = false
    const writing = (async () => {
      for (let n = 0; !stop; n++) await ledger.append([intent(n), outcome(n)])
    })()
    for (let round = 0; round < 10; round++) {
      const atLeast = ledger.size()
      const report = await verifyLedger(folder)
      deepStrictEqual(report.problems, [])
      ok(report.size >= atLeast)
    }
    stop = true
    await writing
    await ledger.close()
  })

  test('a reader that stays on a segment holds up neither the next segment nor the close', async (t) => {
    const limits = { segmentLeaves: 2 }
    const tookMs: number[] = []
    // A lock that is waited for takes 5 s each time; a machine that does much else does not.
    while (tookMs.length < 5 && tookMs.every((ms) => ms > 4_000)) {
      const folder = await dataFolder(t)
      const ledger = await startLedger({ dataFolder: folder, signingKey: signingKey(), origin: ORIGIN, limits })
      await ledger.append([withheld(1)])
      const reader = new LedgerFolder(folder).read(0)
      t.after(() => reader.close())
      const before = performance.now()
      await ledger.append([withheld(2), withheld(3)])
      await ledger.close()
      tookMs.push(performance.now() - before)
      strictEqual(reader.end(), 1)
      deepStrictEqual((await verifyLedger(folder)).problems, [])
    }
    ok(
      tookMs.some((ms) => ms <= 4_000),
      `${tookMs.join()} ms`,
    )
  })

  test('an old clock time is kept as it is; the order is the order of appends', async (t) => {
    const folder = await dataFolder(t)
    const ledger = await startLedger({ dataFolder: folder, signingKey: signingKey(), origin: ORIGIN })
    await ledger.append([
      { ...withheld(1), time: 2_000 },
      { ...withheld(2), time: 1_000 },
    ])
    await ledger.close()
    deepStrictEqual(
      [...readLeaves(new LedgerFolder(folder), 0, 2)].map(({ leaf }) => decodeLeaf(leaf).record.time),
      [2_000, 1_000],
    )
    strictEqual((await verifyLedger(folder)).verified, true)
  })

  test('another signing key goes on under the same ledger, and both stay trusted', async (t) => {
    const folder = await dataFolder(t)
    const first = await startLedger({ dataFolder: folder, signingKey: signingKey(), origin: ORIGIN })
    await first.append([withheld(1)])
    await first.close()
    const second = await startLedger({ dataFolder: folder, signingKey: signingKey(), origin: ORIGIN })
    await second.append([withheld(2)])
    await second.close()
    strictEqual(await readFile(join(folder, 'ledger/trust'), 'utf8'), `${first.verifierKey}\n${second.verifierKey}\n`)
    const report = await verifyLedger(folder)
    deepStrictEqual([report.verified, report.signedSize, report.checkpoints], [true, 2, 3])
  })

  test('a PEM works as the signing key', async (t) => {
    const folder = await dataFolder(t)
    const pem = signingKey().export({ type: 'pkcs8', format: 'pem' }).toString()
    const ledger = await startLedger({ dataFolder: folder, signingKey: pem, origin: ORIGIN })
    match(ledger.verifierKey, /^ledger\.example\/test\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}$/u)
    await ledger.close()
  })

  test('a half-made segment from a crash is replaced', async (t) => {
    const folder = await dataFolder(t)
    const options = { dataFolder: folder, signingKey: signingKey(), origin: ORIGIN, limits: { segmentLeaves: 1 } }
    const first = await startLedger(options)
    await first.append([withheld(1)])
    await first.close()
    new DatabaseSync(join(folder, 'ledger/segment-000000000001.db.new')).exec('CREATE TABLE half(a)')
    const second = await startLedger(options)
    await second.append([withheld(2)])
    await second.close()
    strictEqual((await verifyLedger(folder)).verified, true)
    deepStrictEqual(await segmentFiles(folder), ['segment-000000000000.db', 'segment-000000000001.db'])
  })

  test('a crash before the checkpoint file was replaced leaves an older one, which is made good at start', async (t) => {
    const folder = await dataFolder(t)
    const options = { dataFolder: folder, signingKey: signingKey(), origin: ORIGIN }
    await (await startLedger(options)).close()
    const older = await readFile(join(folder, 'ledger/checkpoint'), 'utf8')
    const second = await startLedger(options)
    await second.append([withheld(1)])
    await second.close()
    const newer = await readFile(join(folder, 'ledger/checkpoint'), 'utf8')
    deepStrictEqual([older.split('\n')[1], newer.split('\n')[1]], ['0', '1'])
    await rm(join(folder, 'ledger/checkpoint'))
    await (await startLedger(options)).close()
    strictEqual(await readFile(join(folder, 'ledger/checkpoint'), 'utf8'), newer)
  })

  test('when the writer fails, appends reject, health says lost, and the supervisor is told', async (t) => {
    const folder = await dataFolder(t)
    const ledger = await startLedger({ dataFolder: folder, signingKey: signingKey(), origin: ORIGIN })
    await ledger.append([withheld(1)])
    const lost = new Promise<Error>((resolve) => ledger.onLost(resolve))
    // A second writer took the next sequence number: to the one writer that is a failure of the file.
    const db = new DatabaseSync(join(folder, 'ledger/segment-000000000000.db'))
    db.exec("INSERT INTO leaves VALUES (1, x'00', x'00')")
    db.close()
    await rejects(ledger.append([withheld(2)]), { code: 'ERR_LEDGER_UNAVAILABLE' })
    strictEqual((await lost).name, 'GatewayError')
    deepStrictEqual([ledger.health().writable, ledger.health().why], [false, 'lost'])
    await rejects(ledger.append([withheld(3)]), { code: 'ERR_LEDGER_UNAVAILABLE' })
    await ledger.close()
  })

  test('a start reads from the newest checkpoint on; what lies before is for the verifier', async (t) => {
    const folder = await dataFolder(t)
    const options = { dataFolder: folder, signingKey: signingKey(), origin: ORIGIN }
    const first = await startLedger(options)
    await first.append(Array.from({ length: 50 }, (_, n) => [intent(n), outcome(n)]).flat())
    await first.close()
    const db = new DatabaseSync(join(folder, 'ledger/segment-000000000000.db'))
    deepStrictEqual(
      { ...db.prepare('SELECT size, settled_below, closed FROM mark').get() },
      { size: 100, settled_below: 100, closed: 1 },
    )
    db.exec("UPDATE leaves SET leaf = x'00' WHERE seq < 90")
    db.close()
    const second = await startLedger(options)
    strictEqual(second.size(), 100)
    await second.close()
    strictEqual((await verifyLedger(folder)).problemCount, 90)
  })
})

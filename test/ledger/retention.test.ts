/** Pruning and holding over real files: what is left proves as before, whatever stops in between. */
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import type { LedgerArchive } from '../../src/ledger/ports.ts'
import { monthsBefore, type PruneParts, prune } from '../../src/ledger/prune.ts'
import { parseTrust } from '../../src/ledger/verify/note.ts'
import { checkTlogProof } from '../../src/ledger/verify/proof.ts'
import { LedgerFolder } from '../../src/storage/sqlite/ledger-folder.ts'
import { type StartedLedger, startLedger } from '../../src/threads/ledger-client.ts'
import { startLedgerSealer } from '../../src/threads/ledger-sealer-client.ts'
import { verifyLedger } from '../../src/threads/ledger-verify.ts'
import { dataFolder, intent, ORIGIN, outcome, signingKey } from './fixtures.ts'

/** A full tile is 256 hashes: segments of 300 are cut beside it. */
const SEGMENT = 300
const FUTURE = Date.now() + 1_000_000_000

interface Home {
  readonly folder: string
  readonly key: ReturnType<typeof signingKey>
}
const home = async (t: TestContext): Promise<Home> => ({ folder: await dataFolder(t), key: signingKey() })

async function open(
  t: TestContext,
  { folder, key }: Home,
  segmentLeaves = SEGMENT,
): Promise<{ ledger: StartedLedger; archive: LedgerArchive; stop(): Promise<void> }> {
  const ledger = await startLedger({
    dataFolder: folder,
    signingKey: key,
    origin: ORIGIN,
    limits: { segmentLeaves, checkpointMs: 0 },
  })
  const archive = startLedgerSealer({
    dataFolder: folder,
    size: () => ledger.size(),
    failed: (error) => t.diagnostic(String(error)),
  })
  let stopped = false
  const stop = async (): Promise<void> => {
    if (stopped) return
    stopped = true
    await archive.close()
    await ledger.close()
  }
  t.after(stop)
  return { ledger, archive, stop }
}

/** `count` disclosures in commits of one pair each, so that segments are cut where they are full. */
async function fill(ledger: StartedLedger, count: number, at = 50): Promise<void> {
  for (let n = 0; n < count; n += at) {
    await ledger.append(
      Array.from({ length: Math.min(at, count - n) }, (_, i) => [intent(n + i), outcome(n + i)]).flat(),
    )
  }
}

async function filled(t: TestContext, at: Home, count = 800) {
  const opened = await open(t, at)
  await fill(opened.ledger, count)
  await opened.archive.seal()
  return opened
}

const firstsIn = ({ folder }: Home): readonly number[] => new LedgerFolder(folder).segments()
const partsOf = ({ ledger, archive }: Pick<PruneParts, 'ledger' | 'archive'>): PruneParts => ({
  ledger,
  archive,
  now: Date.now,
})

async function provesAll(archive: LedgerArchive, { folder }: Home, from: number, to: number): Promise<void> {
  const trusted = parseTrust(new LedgerFolder(folder).trust())
  for (let seq = from; seq < to; seq += 37) {
    const proof = await archive.proof({ seq })
    const leaf = (await archive.record({ seq }))?.leaf
    equal(checkTlogProof(proof!, trusted, Buffer.from(leaf as string, 'base64')).state, 'valid', `record ${seq}`)
  }
}

describe('pruning', () => {
  test('a CONTROL record, hashes kept, files gone; every kept record proves, every old proof holds, fsck is clean', async (t) => {
    const at = await home(t)
    const opened = await filled(t, at)
    const { ledger, archive } = opened
    const before = firstsIn(at)
    equal(before.length >= 4, true)
    const trusted = parseTrust(new LedgerFolder(at.folder).trust())
    const old = { proof: await archive.proof({ seq: 5 }), leaf: (await archive.record({ seq: 5 }))!.leaf as string }

    const done = await prune(partsOf(opened), FUTURE)
    ok(done !== undefined && done.below > SEGMENT)
    deepEqual(
      firstsIn(at),
      before.filter((first) => first >= done.below),
    )
    deepEqual(
      [...before].filter(
        (first) =>
          existsSync(join(at.folder, 'ledger', `index-${String(first).padStart(12, '0')}.db`)) && first < done.below,
      ),
      [],
    )
    equal(ledger.floor(), done.below)

    equal(await archive.record({ seq: 5 }), undefined)
    equal(checkTlogProof(old.proof!, trusted, Buffer.from(old.leaf, 'base64')).state, 'valid')
    await fill(ledger, 60)
    await provesAll(archive, at, done.below, ledger.size() - 10)
    const { records } = await archive.find({ kind: 'control' })
    deepEqual(
      records.map(({ action, facts }) => [action, (facts as { below: number }).below]),
      [['ledger_pruned', done.below]],
    )
    await opened.stop()
    const report = await verifyLedger(at.folder, { checkpoints: [] })
    deepEqual([report.verified, report.problems], [true, []])

    const again = await open(t, at)
    equal(again.ledger.floor(), done.below)
    await fill(again.ledger, 10)
    await provesAll(again.archive, at, done.below, again.ledger.size() - 10)
  })

  test('tiles above the lowest level are served as before, and the lowest from the floor’s tile on', async (t) => {
    const at = await home(t)
    const opened = await filled(t, at)
    const { archive } = opened
    const upper = await archive.serve('tile/1/000.p/4')
    const done = await prune(partsOf(opened), FUTURE)
    deepEqual(await archive.serve('tile/1/000.p/4'), upper)
    const beside = Math.floor(done!.below / 256)
    const tile = await archive.serve(`tile/0/${String(beside).padStart(3, '0')}`)
    ok(typeof tile === 'object' && tile.body.length === 256 * 32)
    if (beside > 0) equal(await archive.serve('tile/0/000'), 'pruned')
  })

  test('works on more segments than are ever open at once', async (t) => {
    const at = await home(t)
    const opened = await open(t, at, 20)
    await fill(opened.ledger, 800, 10)
    await opened.archive.seal()
    const firsts = firstsIn(at)
    ok(firsts.length > 70)
    await opened.archive.hold({ id: 'half', first: firsts[35]!, reason: 'half', since: 0 })
    equal((await prune(partsOf(opened), FUTURE))!.below, firsts[35])
    await provesAll(opened.archive, at, firsts[35]!, opened.ledger.size() - 20)
    equal(await opened.archive.forget({ subjects: [1, 2], identities: [] }), 0)
  })

  test('keeps what is young, what still grows, and has nothing to do twice', async (t) => {
    const at = await home(t)
    const opened = await filled(t, at)
    equal(await prune(partsOf(opened), Date.now() - 60_000), undefined)
    ok((await prune(partsOf(opened), FUTURE)) !== undefined)
    equal(await prune(partsOf(opened), FUTURE), undefined)
    equal((await opened.archive.find({ kind: 'control' })).records.length, 1)
  })

  test('prunes what it announced where more could go by then', async (t) => {
    const at = await home(t)
    const opened = await filled(t, at)
    const parts = partsOf(opened)
    const half = firstsIn(at)[2]!
    await opened.archive.hold({ id: 'half', first: half, reason: 'half', since: 0 })
    const archive: PruneParts['archive'] = {
      prunable: (before) => parts.archive.prunable(before),
      // The hold ends between the announcement and the act.
      raiseFloor: async (given) => {
        await opened.archive.release('half')
        return parts.archive.raiseFloor(given)
      },
      removePruned: () => parts.archive.removePruned(),
    }
    deepEqual(await prune({ ...parts, archive }, FUTURE), { below: half, segments: 2 })
    equal(firstsIn(at)[0], half)
  })

  const stops: [string, (parts: PruneParts) => PruneParts][] = [
    ['after it was announced', (parts) => ({ ...parts, archive: { ...parts.archive, raiseFloor: fails } })],
    [
      'after the floor was raised',
      (parts) => ({ ...parts, ledger: { append: (records) => parts.ledger.append(records), dropBelow: fails } }),
    ],
    ['before the files were unlinked', (parts) => ({ ...parts, archive: { ...parts.archive, removePruned: fails } })],
  ]
  for (const [when, broken] of stops) {
    test(`a stop ${when} is made good by the next start`, async (t) => {
      const at = await home(t)
      const opened = await filled(t, at)
      await rejects(prune(broken(partsOf(opened)), FUTURE), /stopped/u)
      await opened.stop()
      const again = await open(t, at)
      await prune(partsOf(again), FUTURE)
      const floor = again.ledger.floor()
      ok(floor > SEGMENT)
      equal(firstsIn(at)[0], floor)
      await fill(again.ledger, 10)
      await provesAll(again.archive, at, floor, again.ledger.size() - 10)
      await again.stop()
      equal((await verifyLedger(at.folder, { checkpoints: [] })).verified, true)
    })
  }
})

const fails = (): never => {
  throw new Error('stopped here')
}

describe('a legal hold', () => {
  test('of one segment keeps it and what came after; released, they go', async (t) => {
    const at = await home(t)
    const opened = await filled(t, at)
    const { archive } = opened
    const [, second] = firstsIn(at)
    await archive.hold({ id: 'case-7', first: second!, reason: 'case 7', since: Date.now() })
    deepEqual(
      (await archive.holds()).map(({ id, first }) => [id, first]),
      [['case-7', second]],
    )
    equal((await prune(partsOf(opened), FUTURE))!.below, second)
    equal(await prune(partsOf(opened), FUTURE), undefined)
    equal(await archive.release('case-7'), true)
    equal(await archive.release('case-7'), false)
    ok((await prune(partsOf(opened), FUTURE))!.below > second!)
  })

  test('of a time keeps every segment of that time, after a restart as well', async (t) => {
    const at = await home(t)
    const opened = await filled(t, at)
    await opened.archive.hold({ id: 'case-8', from: 0, to: Date.now(), reason: 'case 8', since: Date.now() })
    await opened.stop()
    const again = await open(t, at)
    await again.archive.seal()
    equal(await prune(partsOf(again), FUTURE), undefined)
    await again.archive.release('case-8')
    await again.archive.hold({ id: 'case-9', from: 0, to: 1_000, reason: 'long ago', since: Date.now() })
    ok((await prune(partsOf(again), FUTURE)) !== undefined)
  })
})

test('months are counted by the calendar, and a month’s last day stays one', () => {
  const day = (text: string): number => Date.parse(`${text}T12:00:00Z`)
  deepEqual(
    [
      [day('2026-11-25'), 25],
      [day('2026-03-31'), 1],
      [day('2024-03-31'), 1],
      [day('2026-01-15'), 12],
    ].map(([now, months]) => new Date(monthsBefore(now!, months!)).toISOString().slice(0, 10)),
    ['2024-10-25', '2026-02-28', '2024-02-29', '2025-01-15'],
  )
})

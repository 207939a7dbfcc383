import { deepStrictEqual, ok, rejects, strictEqual } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { startLedger } from '../../src/threads/ledger-client.ts'
import { verifyLedger } from '../../src/threads/ledger-verify.ts'
import { intent, ORIGIN, outcome, signingKey, withheld } from './fixtures.ts'

const DISK_BYTES = 3_000_000

/** A file system of 3 MB, or undefined where this user may not mount one. */
async function smallDisk(t: TestContext): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-full-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', folder])
  t.after(async () => {
    if (mounted.status === 0) spawnSync('umount', ['-l', folder])
    await rm(folder, { recursive: true, force: true })
  })
  if (mounted.status !== 0) return undefined
  return folder
}

test('on a full disk appends reject and nothing of them counts; with space again it goes on by itself', async (t) => {
  const folder = await smallDisk(t)
  if (folder === undefined) return t.skip('NOT TESTED: mounting a small file system needs root')
  const limits = { resumeFreeBytes: 200_000 }
  const ledger = await startLedger({ dataFolder: folder, signingKey: signingKey(), origin: ORIGIN, limits })
  await ledger.append([intent(0), outcome(0)])
  writeFileSync(join(folder, 'filler'), Buffer.alloc(1_000_000))

  let durable = 2
  let refused: unknown
  for (let n = 1; refused === undefined; n++) {
    ok(n < 1_000, 'the disk fills')
    const records = Array.from({ length: 100 }, (_, i) => withheld(100 * n + i))
    await ledger.append(records).then(
      (size) => {
        durable = size
      },
      (error: unknown) => {
        refused = error
      },
    )
  }
  strictEqual((refused as { code?: string }).code, 'ERR_LEDGER_UNAVAILABLE')
  deepStrictEqual([ledger.health().writable, ledger.health().why], [false, 'disk_full'])
  strictEqual(ledger.size(), durable)
  await rejects(ledger.append(Array.from({ length: 3_000 }, (_, i) => withheld(i))), { code: 'ERR_LEDGER_UNAVAILABLE' })
  strictEqual(ledger.size(), durable)

  rmSync(join(folder, 'filler'))
  while (!ledger.health().writable) await new Promise(setImmediate)
  strictEqual(await ledger.append([withheld(1)]), durable + 1)
  await ledger.close()
  const report = await verifyLedger(folder)
  deepStrictEqual([report.problems, report.size], [[], durable + 1])
})

test('a disk that is full when a segment ends holds up that append and no more', async (t) => {
  const folder = await smallDisk(t)
  if (folder === undefined) return t.skip('NOT TESTED: mounting a small file system needs root')
  const limits = { resumeFreeBytes: 200_000, segmentLeaves: 1 }
  const ledger = await startLedger({ dataFolder: folder, signingKey: signingKey(), origin: ORIGIN, limits })
  await ledger.append([withheld(0)])
  spawnSync('dd', ['if=/dev/zero', `of=${join(folder, 'filler')}`, 'bs=4096'])
  await rejects(ledger.append([withheld(1)]), { code: 'ERR_LEDGER_UNAVAILABLE' })
  strictEqual(ledger.health().why, 'disk_full')
  rmSync(join(folder, 'filler'))
  strictEqual(await ledger.append([withheld(2)]), 2)
  strictEqual(ledger.health().writable, true)
  await ledger.close()
  deepStrictEqual((await verifyLedger(folder)).problems, [])
})

test('a ledger on a read-only file system can be verified', async (t) => {
  const folder = await smallDisk(t)
  if (folder === undefined) return t.skip('NOT TESTED: mounting a small file system needs root')
  const ledger = await startLedger({ dataFolder: folder, signingKey: signingKey(), origin: ORIGIN })
  await ledger.append([withheld(0)])
  await ledger.close()
  strictEqual(spawnSync('mount', ['-o', 'remount,ro', folder]).status, 0)
  const report = await verifyLedger(folder)
  deepStrictEqual([report.problems, report.size], [[], 1])
})

import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { decodeLeaf } from '../../src/ledger/leaf.ts'
import { readLeaves, readSize } from '../../src/ledger/read.ts'
import type { LedgerRecord } from '../../src/model/disclosure.ts'
import { LedgerFolder } from '../../src/storage/sqlite/ledger-folder.ts'
import { startLedger } from '../../src/threads/ledger-client.ts'
import { verifyLedger } from '../../src/threads/ledger-verify.ts'
import { dataFolder, disclosureId, ORIGIN, signingKey } from './fixtures.ts'

const CHILD = fileURLToPath(new URL('./crash-child.ts', import.meta.url))
/** Acknowledgements after which each cycle's child is killed. */
const KILL_AFTER = [0, 1, 9, 150, 1_000, 33]

interface Cycle {
  readonly unresolved: number
  /** Kind and event number → the ledger's size that the append resolved to. */
  readonly acknowledged: ReadonlyMap<string, number>
}

/** Runs a child until it has printed `acks` acknowledgements, then kills it with whatever is under way. */
async function runUntilKilled(folder: string, keyFile: string, first: number, acks: number): Promise<Cycle> {
  const child: ChildProcess = spawn(process.execPath, [CHILD, folder, keyFile, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const acknowledged = new Map<string, number>()
  let unresolved = -1
  for await (const line of createInterface({ input: child.stdout! })) {
    const [what, n, size] = line.split(' ')
    if (what === 'started') unresolved = Number(size)
    else if (size !== undefined) acknowledged.set(`${what} ${n}`, Number(size))
    if (acknowledged.size >= acks) child.kill('SIGKILL')
  }
  ok(unresolved >= 0, 'the child started')
  return { unresolved, acknowledged }
}

function recordsIn(folder: string): readonly LedgerRecord[] {
  const files = new LedgerFolder(folder)
  return [...readLeaves(files, 0, readSize(files))].map(({ leaf }) => decodeLeaf(leaf).record)
}

test('killed at any point, the ledger keeps every acknowledged record and resolves every open intent', async (t) => {
  const folder = await dataFolder(t)
  const keyFile = join(folder, 'key.pem')
  const key = signingKey()
  await writeFile(keyFile, key.export({ type: 'pkcs8', format: 'pem' }))
  let openBefore = 0
  for (const [cycle, acks] of KILL_AFTER.entries()) {
    const first = cycle * 1_000_000
    const { unresolved, acknowledged } = await runUntilKilled(folder, keyFile, first, acks)
    strictEqual(unresolved, openBefore)
    const report = await verifyLedger(folder)
    deepStrictEqual(report.problems, [])
    openBefore = report.openIntents
    const records = recordsIn(folder)
    for (const [what, size] of acknowledged) {
      const [kind, n] = what.split(' ')
      const record = records[size - 1]
      const found = record !== undefined && 'id' in record ? `${record.kind} ${record.id}` : 'nothing'
      strictEqual(found, `${kind} ${disclosureId(Number(n))}`)
    }
  }
  const ledger = await startLedger({ dataFolder: folder, signingKey: key, origin: ORIGIN })
  strictEqual(ledger.unresolvedAtStart, openBefore)
  await ledger.close()
  const report = await verifyLedger(folder)
  deepStrictEqual([report.verified, report.openIntents, report.records.intent - report.records.outcome], [true, 0, 0])
})

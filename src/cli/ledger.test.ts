import { deepStrictEqual, match, strictEqual } from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, test } from 'node:test'
import { ranSluice } from '../../test/support/sluice.ts'
import type { EventRef, PartnerId } from '../model/brand.ts'
import type { LedgerRecord } from '../model/disclosure.ts'
import { startLedger } from '../threads/ledger-client.ts'

async function sluiceLedger(...args: readonly string[]) {
  const { code, out, err } = await ranSluice(['ledger', ...args])
  return { status: code, stdout: out, stderr: err }
}

const ID = '019ab5c8-e07b-7c3a-9d2e-4f5061728394' as Extract<LedgerRecord, { kind: 'intent' }>['id']
const PAIR = { partner: 'meta' as PartnerId, eventRef: '00112233445566778899aabbccddeeff' as EventRef }
const RECORDS: readonly LedgerRecord[] = [
  {
    kind: 'intent',
    ...PAIR,
    id: ID,
    time: Date.parse('2026-11-24T10:30:00.123Z'),
    app: 'messenger-ios' as Extract<LedgerRecord, { kind: 'intent' }>['app'],
    event: 'Order Completed',
    revision: 7 as Extract<LedgerRecord, { kind: 'intent' }>['revision'],
    regime: 'us-ca',
    why: 'agreed',
    attempt: 1,
    role: 'third_party',
    purposes: ['measurement'],
    countries: ['US'],
    treatments: { advertising_id: 1, ip: 24 * 256 + 48 },
    type: 'webhook',
    revisionDigest: '00000000',
    acceptedRevision: 7 as Extract<LedgerRecord, { kind: 'intent' }>['revision'],
    verdict: 15,
    epoch: 0,
    blind: '0'.repeat(32),
    commitment: '0'.repeat(64),
    bytes: 412,
  },
  {
    kind: 'outcome',
    ...PAIR,
    id: ID,
    time: Date.parse('2026-11-24T10:30:00.323Z'),
    attempt: 1,
    bytes: 500,
    latency: 8,
    outcome: { kind: 'delivered', status: 204 },
  },
  {
    kind: 'control',
    time: Date.parse('2026-11-24T10:31:00.000Z'),
    nonce: '5a'.repeat(16),
    action: 'stop',
    facts: { partner: 'meta' },
  },
]

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-ledger-'))
  const { privateKey } = generateKeyPairSync('ed25519')
  const ledger = await startLedger({ dataFolder: folder, signingKey: privateKey, origin: 'ledger.example/cli' })
  await ledger.append(RECORDS)
  await ledger.close()
})
after(() => rm(folder, { recursive: true, force: true }))

describe('sluice ledger', async () => {
  test('tail prints the newest records, a line each', async () => {
    const { status, stdout } = await sluiceLedger('tail', '--data', folder, '-n', '2')
    strictEqual(status, 0)
    deepStrictEqual(stdout.split('\n'), [
      '1  2026-11-24T10:30:00.323Z  OUTCOME   meta delivered 204',
      '2  2026-11-24T10:31:00.000Z  CONTROL   stop {"partner":"meta"}',
      '',
    ])
    match(
      (await sluiceLedger('tail', '--data', folder)).stdout,
      /^0 {2}.*INTENT.*advertising_id=pseudonym ip=24\/48$/mu,
    )
  })

  test('export prints JSON lines with treatments by name', async () => {
    const { status, stdout } = await sluiceLedger('export', '--data', folder, '--to', '1')
    strictEqual(status, 0)
    const { hash, ...line } = JSON.parse(stdout) as Record<string, unknown>
    match(String(hash), /^[0-9a-f]{64}$/u)
    deepStrictEqual(line, { seq: 0, ...RECORDS[0], treatments: { advertising_id: 'pseudonym', ip: '24/48' } })
    strictEqual((await sluiceLedger('export', '--data', folder, '--from', '1')).stdout.split('\n').length, 3)
  })

  test('export goes on after the last whole line of a file, in either format', async () => {
    for (const format of ['jsonl', 'csv']) {
      const file = join(folder, `export.${format}`)
      const go = (...more: string[]) =>
        sluiceLedger('export', '--data', folder, '--format', format, '--output', file, ...more)
      const whole = (await sluiceLedger('export', '--data', folder, '--format', format)).stdout
      strictEqual((await go('--to', '2')).status, 0)
      writeFileSync(file, `${readFileSync(file, 'utf8')}{"half a li`)
      match((await go()).stderr, /1 record added to/u)
      strictEqual(readFileSync(file, 'utf8'), whole)
      match((await go()).stderr, /0 records added to/u)
      strictEqual(readFileSync(file, 'utf8'), whole)
    }
    writeFileSync(join(folder, 'diary'), 'Dear diary,\n')
    const { status, stderr } = await sluiceLedger('export', '--data', folder, '--output', join(folder, 'diary'))
    deepStrictEqual([status, stderr], [1, `${join(folder, 'diary')}: it is no export of a ledger\n`])
  })

  test('fsck says in a sentence that all is well, and exits 0', async () => {
    const { status, stdout } = await sluiceLedger('fsck', folder)
    strictEqual(status, 0)
    match(stdout, /^The ledger of 3 records verifies: .* root [0-9a-f]{64}\.\n$/u)
    const report = JSON.parse((await sluiceLedger('fsck', '--data', folder, '--json')).stdout) as Record<
      string,
      unknown
    >
    deepStrictEqual([report.verified, report.size, report.problems], [true, 3, []])
  })

  test('fsck names a folder that holds no ledger, and exits 1', async () => {
    const { status, stderr } = await sluiceLedger('fsck', join(folder, 'elsewhere'))
    strictEqual(status, 1)
    match(stderr, /there is no ledger here/u)
  })

  test('fsck takes a trust file and checkpoints kept from earlier', async () => {
    const own = [join(folder, 'ledger/trust'), join(folder, 'ledger/checkpoint')] as const
    strictEqual((await sluiceLedger('fsck', folder, '--trust', own[0], '--checkpoint', own[1], own[1])).status, 0)
    match((await sluiceLedger('fsck', folder, '--trust', own[1])).stderr, /must hold verifier keys/u)
    match((await sluiceLedger('fsck', folder, '--checkpoint', join(folder, 'none'))).stderr, /cannot be read/u)
  })

  test('a number that is none is misuse, and exits 1', async () => {
    strictEqual((await sluiceLedger('tail', '--data', folder, '-n', 'few')).status, 1)
  })

  test('fsck names what is wrong and where, and exits 1', async () => {
    const db = new DatabaseSync(join(folder, 'ledger/segment-000000000000.db'))
    db.exec("UPDATE leaves SET leaf = x'00' WHERE seq = 1")
    db.close()
    match((await sluiceLedger('tail', '--data', folder)).stdout, /^1 {2}not a record: version_unknown$/mu)
    const { status, stdout } = await sluiceLedger('fsck', folder)
    strictEqual(status, 1)
    match(stdout, /^leaf_altered: record 1 is not what was recorded$/mu)
    match(stdout, /^The ledger of 3 records does NOT verify: \d problems?\.$/mu)
    strictEqual(
      (JSON.parse((await sluiceLedger('fsck', folder, '--json')).stdout) as { verified: boolean }).verified,
      false,
    )
  })
})

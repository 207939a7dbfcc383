/** A ledger about five people, and what one of them is handed: as `sluice subject export` writes it. */
import { randomBytes } from 'node:crypto'
import { createLedgerKeys } from '../../src/ledger/keys.ts'
import type { LedgerEntry } from '../../src/model/disclosure.ts'
import { readSubjectKeys } from '../../src/storage/sqlite/subject-keys.ts'
import { openLedgerArchive } from '../../src/threads/ledger-archive.ts'
import { startLedger } from '../../src/threads/ledger-client.ts'
import { addSubjectKeys, identity, KEY_ENCRYPTION_KEY } from '../support/subject-keys.ts'
import { disclosureId, intent, ORIGIN, outcome, signingKey, TIME } from './fixtures.ts'

const PEOPLE = 5
const EVENTS = 200

export interface Handed {
  readonly keys: readonly { readonly epoch: number; readonly key: string }[]
  readonly disclosures: readonly {
    readonly id: string
    readonly seq: number
    readonly leaf?: string
    readonly proof?: string
  }[]
  readonly next?: number
}

/**
 * Records 0 to 399, an INTENT and its OUTCOME for each of 200 events, in two segments; a CONTROL is the last. Every tenth
 * event was never sent. Resolves to what person number 2 is handed: 20 disclosures.
 */
export async function writeLedgerOfPeople(folder: string): Promise<Handed> {
  addSubjectKeys(
    folder,
    Array.from({ length: PEOPLE }, (_, n) => identity(n)),
  )
  const limits = { segmentLeaves: 250, checkpointMs: 1_000_000 }
  const ledger = await startLedger({
    dataFolder: folder,
    signingKey: signingKey(),
    origin: ORIGIN,
    limits,
    keyEncryptionKey: KEY_ENCRYPTION_KEY,
  })
  for (let n = 0; n < EVENTS; n++) {
    const { epoch: _, blind: __, commitment: ___, bytes: ____, ...rest } = intent(n)
    const entry: LedgerEntry = { ...rest, subject: identity(n % PEOPLE), item: `item ${n}` }
    const ended = n % 10 === 2 ? outcome(n, { kind: 'cancelled_not_sent', why: 'choice' }) : outcome(n)
    await ledger.append([entry, ended])
  }
  const facts = { revision: 3, digest: 'c0ffee01'.padEnd(64, '0') }
  await ledger.append([{ kind: 'control', time: TIME + EVENTS, nonce: '0'.repeat(32), action: 'started', facts }])
  await ledger.close()

  const keys = createLedgerKeys({
    open: () => readSubjectKeys(folder),
    keyEncryptionKey: KEY_ENCRYPTION_KEY,
    commitmentKey: Buffer.alloc(32),
    sealValues: false,
    random: randomBytes,
  })
  const archive = openLedgerArchive(folder, async () => undefined)
  const sent = Array.from({ length: EVENTS }, (_, n) => n).filter((n) => n % PEOPLE === 2 && n % 10 !== 2)
  const disclosures: Handed['disclosures'][number][] = []
  for (const n of sent) {
    const record = await archive.record({ id: disclosureId(n) })
    const proof = await archive.proof({ id: disclosureId(n) })
    disclosures.push({ id: disclosureId(n), seq: record?.seq as number, leaf: record?.leaf as string, proof: proof! })
  }
  const handed = keys.all(identity(2)).map(({ epoch, key }) => ({ epoch, key: Buffer.from(key).toString('base64') }))
  await archive.close()
  keys.close()
  return { keys: handed, disclosures }
}

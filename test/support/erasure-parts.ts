/** An erasure's real parts over one data folder, without the HTTP around them. */
import { createSecretKey, randomBytes, randomUUID } from 'node:crypto'
import { createFreshness } from '../../src/choices/freshness.ts'
import { kindOfKey } from '../../src/choices/identity.ts'
import { createRequestSeal } from '../../src/choices/request-seal.ts'
import { sealedFiles } from '../../src/gateway/sealed-files.ts'
import { createLedgerKeys } from '../../src/ledger/keys.ts'
import { readSubjectKeys } from '../../src/storage/sqlite/subject-keys.ts'
import { createErasures } from '../../src/subjects/erase.ts'
import { createErasureAnswers } from '../../src/subjects/erasure-answers.ts'
import type { ErasureParts } from '../../src/subjects/ports.ts'
import { startChoices } from '../../src/threads/choices-client.ts'
import { startIntake } from '../../src/threads/intake-client.ts'
import { startLedger } from '../../src/threads/ledger-client.ts'
import { startLedgerSealer } from '../../src/threads/ledger-sealer-client.ts'

const INDEX_KEY = createSecretKey(Buffer.alloc(32, 1))
export const ENCRYPTION_KEY = Buffer.alloc(32, 2)
/** PKCS#8 of an Ed25519 key whose seed is zeros. */
export const SIGNING_KEY = `-----BEGIN PRIVATE KEY-----\n${Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32)]).toString('base64')}\n-----END PRIVATE KEY-----\n`

export async function openErasureParts(dataFolder: string) {
  const freshness = createFreshness()
  freshness.registerDataThread()
  const choices = await startChoices({ dataFolder, indexKey: INDEX_KEY, freshness, now: Date.now, randomBytes })
  const ledger = await startLedger({
    dataFolder,
    signingKey: SIGNING_KEY,
    origin: 'sluice.test/erasure',
    keyEncryptionKey: ENCRYPTION_KEY,
    limits: { segmentLeaves: 8, checkpointMs: 0 },
  })
  const archive = startLedgerSealer({ dataFolder, size: () => ledger.size(), failed: () => undefined })
  const intake = await startIntake({ dataFolder, keyEncryptionKey: ENCRYPTION_KEY })
  const keys = createLedgerKeys({
    open: () => readSubjectKeys(dataFolder),
    keyEncryptionKey: ENCRYPTION_KEY,
    commitmentKey: Buffer.alloc(32, 3),
    sealValues: false,
    random: randomBytes,
  })
  const parts: ErasureParts = {
    choices,
    intake,
    records: archive,
    ledger,
    keys,
    stopSending: () => undefined,
    seal: createRequestSeal(INDEX_KEY, randomBytes).seal,
    fraudRetention: () => undefined,
    holds: () => archive.holds(),
    answers: createErasureAnswers({
      files: sealedFiles(dataFolder, 'erasure-answers'),
      secret: INDEX_KEY,
      random: randomBytes,
      now: Date.now,
    }),
    tell: () => Promise.resolve([]),
    forgetAddresses: () => Promise.resolve(),
    isAccount: (key) => kindOfKey(key) === 'user',
    elsewhere: {
      others: () => Promise.resolve([]),
      foreseen: () => Promise.resolve([]),
      heldOver: () => Promise.resolve([]),
      unfinishedCells: () => Promise.resolve([]),
      finishedErasures: () => Promise.resolve([]),
      concludeErasure: () => Promise.resolve(),
    },
    now: Date.now,
    newId: randomUUID,
  }
  return {
    choices,
    ledger,
    archive,
    intake,
    keys,
    parts,
    erasures: (part: Partial<ErasureParts> = {}) => createErasures({ ...parts, ...part }),
    close: async () => {
      await intake.close()
      await archive.close()
      await ledger.close()
      await choices.close()
      keys.close()
      freshness.close()
    },
  }
}

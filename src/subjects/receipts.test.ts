/** What a receipt's id leads to, and what happens where the ledger cannot be written. */
import { deepEqual, equal, notEqual, rejects } from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import type { LedgerEntry } from '../model/disclosure.ts'
import { GatewayError } from '../model/errors.ts'
import { createReceipts, type ReceiptParts } from './receipts.ts'

const DAY_MS = 86_400_000

function made(part: Partial<ReceiptParts> = {}) {
  const appended: LedgerEntry[] = []
  const kept = { record: true, proof: undefined as string | undefined }
  const receipts = createReceipts({
    ledger: {
      append: async (records) => {
        appended.push(...records)
        return appended.length
      },
    },
    records: { record: async () => (kept.record ? {} : undefined), proof: async () => kept.proof },
    leafOf: () => ({ leaf: Buffer.from('leaf'), hash: Buffer.alloc(32) }),
    signer: { origin: 'here', note: (text) => text },
    check: async () => ({ state: 'invalid', why: '' }),
    secret: createSecretKey(Buffer.alloc(32, 1)),
    policy: () => '2018-05-22',
    random: randomBytes,
    now: () => 20_000 * DAY_MS + 5,
    ...part,
  })
  return { receipts, appended, kept }
}
const ANN = [{ kind: 'user', value: 'ann' }] as const

describe('receipts', () => {
  test('the id leads to the record: promised, proved, and pruned in the end', async () => {
    const { receipts, kept } = made()
    await receipts.issue('opt_out', ANN)
    const { id } = await receipts.issue('opt_out', ANN)
    deepEqual(await receipts.proofOf(id), { state: 'promised', index: 1 })
    kept.proof = 'proof'
    deepEqual(await receipts.proofOf(id), { state: 'proved', index: 1, proof: 'proof' })
    kept.record = false
    deepEqual(await receipts.proofOf(id), { state: 'pruned' })
  })

  test('an id of another gateway, or an altered one, is unknown', async () => {
    const { id } = await made({ secret: createSecretKey(Buffer.alloc(32, 2)) }).receipts.issue('opt_in', ANN)
    const { receipts } = made()
    const own = (await receipts.issue('opt_in', ANN)).id
    const altered = `${own.slice(0, 20)}${own[20] === 'A' ? 'B' : 'A'}${own.slice(21)}`
    for (const other of [id, altered, '', `${own}A`])
      deepEqual(await receipts.proofOf(other), { state: 'unknown' }, other)
  })

  test('two of one person have nothing in common but verb, day and policy', async () => {
    const { receipts, appended } = made()
    const [one, other] = [await receipts.issue('erase', ANN), await receipts.issue('erase', ANN)]
    notEqual(one.id, other.id)
    notEqual(one.salt, other.salt)
    const [first, second] = appended.map((entry) => {
      if (entry.kind !== 'receipt') throw new Error(entry.kind)
      return entry
    })
    equal(first!.time % DAY_MS, 0)
    notEqual(first!.nonce, second!.nonce)
    notEqual(first!.facts.subject, second!.facts.subject)
    deepEqual(Object.keys(first!.facts).sort(), ['policy', 'subject'])
  })

  test('without a record there is no receipt', async () => {
    const { receipts } = made({
      ledger: { append: () => Promise.reject(new GatewayError('ERR_LEDGER_UNAVAILABLE')) },
    })
    await rejects(receipts.issue('opt_out', ANN), { code: 'ERR_LEDGER_UNAVAILABLE' })
  })
})

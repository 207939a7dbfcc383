/**
 * Receipts: for each change by a subject, a signed promise and a ledger record with a salted hash of the identities. Identities
 * and salt are given to the subject and not stored. The receipt's id is the sealed record number, so nothing here leads from a
 * subject to a record. Receipts can be checked offline, also after an erasure (`docs/receipts.md`).
 */
import { createHash, createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import type { EpochMs } from '../model/brand.ts'
import type { ChoiceStatement } from '../model/choice.ts'
import type { ActionRecord, LedgerEntry } from '../model/disclosure.ts'
import type { Identity } from '../model/event.ts'
import { nonceSource, type RandomBytes, seal, unseal } from '../platform/seal.ts'
import type { Records } from './ports.ts'

const DAY_MS = 86_400_000
const SALT_BYTES = 16
const NONCE_BYTES = 16
const BOUND = 'sluice receipt'
/** A checkpoint covers the record within this many seconds. */
export const PROVED_WITHIN = 60

/** `mixed`: the choice both denies and permits. */
export type ReceiptVerb = 'opt_out' | 'opt_in' | 'mixed' | 'withdraw' | 'child' | 'erase'

/** The receipt's verb for a choice. */
export function verbOf({ denies, permits, child }: ChoiceStatement): ReceiptVerb {
  if (denies !== 0 && permits !== 0) return 'mixed'
  if (denies !== 0) return 'opt_out'
  if (permits !== 0) return 'opt_in'
  return child ? 'child' : 'withdraw'
}

/** Given to the subject. Together with `proof` it can be checked independently. */
export interface Receipt {
  readonly id: string
  /** A signed note: the change, its time and policy, and the hash of its record. */
  readonly promise: string
  /** The record, base64. */
  readonly leaf: string
  /** The subject's identities as given. Empty for a change by a link. */
  readonly identities: readonly (readonly [kind: string, value: string])[]
  /** 16 random bytes, hex. */
  readonly salt: string
}
export type ReceiptProof =
  | { readonly state: 'proved'; readonly index: number; readonly proof: string }
  /** No checkpoint covers the record yet. */
  | { readonly state: 'promised'; readonly index: number }
  | { readonly state: 'pruned' }
  | { readonly state: 'unknown' }

/** The result of a check. `size`: of the ledger that provably includes the record; undefined without a proof. */
export type ReceiptVerdict =
  | {
      readonly state: 'valid'
      readonly verb: string
      readonly time: string
      readonly policy: string
      readonly index: number
      readonly size: number | undefined
      readonly origin: string
    }
  | { readonly state: 'invalid'; readonly why: string }

export interface Receipts {
  /** Rejects with `ERR_LEDGER_UNAVAILABLE`. */
  issue(verb: ReceiptVerb, identities: readonly Identity[]): Promise<Receipt>
  proofOf(id: string): Promise<ReceiptProof>
  /** The offline check under this ledger's published keys; adds the proof if the receipt has none. */
  check(receipt: Readonly<Record<string, unknown>>): Promise<ReceiptVerdict>
}

export interface ReceiptParts {
  readonly ledger: { append(records: readonly LedgerEntry[]): Promise<number> }
  readonly records: Pick<Records, 'record' | 'proof'>
  /** The record's leaf at a sequence number, and its hash. */
  readonly leafOf: (record: ActionRecord, seq: number) => { readonly leaf: Uint8Array; readonly hash: Uint8Array }
  readonly signer: { readonly origin: string; note(text: string): string }
  readonly check: (receipt: object) => Promise<ReceiptVerdict>
  readonly secret: KeyObject
  /** Date of the privacy policy in force. */
  readonly policy: () => string
  readonly random: RandomBytes
  readonly now: () => EpochMs
}

export function createReceipts(parts: ReceiptParts): Receipts {
  const { ledger, records, leafOf, signer, random, now } = parts
  const key = createSecretKey(createHmac('sha256', parts.secret).update(BOUND).digest())
  const nonce = nonceSource(random)
  const hex = (bytes: number): string => Buffer.from(random(bytes)).toString('hex')
  const idOf = (seq: number): string => {
    const text = Buffer.alloc(8)
    text.writeBigUInt64BE(BigInt(seq))
    return Buffer.from(seal(key, nonce(), BOUND, text)).toString('base64url')
  }
  const seqOf = (id: string): number | undefined => {
    const text = ID.test(id) ? unseal(key, BOUND, Buffer.from(id, 'base64url')) : undefined
    return text === undefined ? undefined : Number(text.readBigUInt64BE())
  }
  const proofOf = async (id: string): Promise<ReceiptProof> => {
    const seq = seqOf(id)
    if (seq === undefined) return { state: 'unknown' }
    if ((await records.record({ seq })) === undefined) return { state: 'pruned' }
    const proof = await records.proof({ seq })
    return proof === undefined ? { state: 'promised', index: seq } : { state: 'proved', index: seq, proof }
  }
  return {
    issue: async (verb, named) => {
      const identities = named.map(({ kind, value }) => [kind, value] as const)
      const salt = hex(SALT_BYTES)
      const subject = createHash('sha256')
        .update(JSON.stringify(identities))
        .update(Buffer.from(salt, 'hex'))
        .digest('hex')
      const at = now()
      const policy = parts.policy()
      const record: ActionRecord = {
        kind: 'receipt',
        time: at - (at % DAY_MS),
        nonce: hex(NONCE_BYTES),
        action: verb,
        facts: { policy, subject },
      }
      const seq = (await ledger.append([record])) - 1
      const { leaf, hash } = leafOf(record, seq)
      const id = idOf(seq)
      const lines = [
        'sluice receipt v1',
        `id ${id}`,
        `origin ${signer.origin}`,
        `time ${new Date(at).toISOString()}`,
        `verb ${verb}`,
        `policy ${policy}`,
        `subject ${subject}`,
        `record ${Buffer.from(hash).toString('hex')}`,
        `index ${seq}`,
        `within ${PROVED_WITHIN}`,
      ]
      const promise = signer.note(`${lines.join('\n')}\n`)
      return { id, promise, leaf: Buffer.from(leaf).toString('base64'), identities, salt }
    },
    proofOf,
    check: async (receipt) => {
      const found = typeof receipt.id === 'string' ? await proofOf(receipt.id) : undefined
      const proof = receipt.proof === undefined && found?.state === 'proved' ? { proof: found.proof } : {}
      return parts.check({ ...receipt, ...proof })
    },
  }
}

const ID = /^[\w-]{48}$/

/**
 * Checks a subject's receipt offline: a trusted key signed the promise, it names this subject, the record is the promised
 * one and, if there is a proof, the record is in the ledger. See `docs/receipts.md`.
 */
import { createHash } from 'node:crypto'
import { LeafReading } from './leaf.ts'
import { openNote, type TrustedKey } from './note.ts'
import { checkTlogProof, leafHashOf } from './proof.ts'

const FIRST_LINE = 'sluice receipt v1'
const NAMES = ['id', 'origin', 'time', 'verb', 'policy', 'subject', 'record', 'index', 'within'] as const
const DAY_MS = 86_400_000

export type ReceiptVerdict =
  /** `size`: of the ledger that provably includes the record; undefined without a proof. */
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

type Promised = Readonly<Record<(typeof NAMES)[number], string>>

/** @param receipt as issued: `id`, `promise`, `leaf`, `identities`, `salt`, and `proof` once there is one */
export function checkReceipt(receipt: unknown, trusted: readonly TrustedKey[]): ReceiptVerdict {
  const invalid = (why: string): ReceiptVerdict => ({ state: 'invalid', why })
  const { id, promise, leaf, identities, salt, proof } = (receipt ?? {}) as Readonly<Record<string, unknown>>
  if (typeof promise !== 'string' || typeof leaf !== 'string' || typeof salt !== 'string' || !Array.isArray(identities))
    return invalid('it is not a receipt')
  const opened = openNote(promise, trusted)
  if (opened.state === 'unknown_key') return invalid('its promise is signed by no trusted key')
  if (opened.state === 'invalid') return invalid(`its promise: ${opened.why}`)
  const said = promisedIn(opened.text)
  if (said === undefined) return invalid('its promise is not of the documented form')
  if (!promise.includes(`\n— ${said.origin} `)) return invalid('its promise is signed for another ledger')
  const subject = createHash('sha256').update(JSON.stringify(identities)).update(Buffer.from(salt, 'hex')).digest('hex')
  if (subject !== said.subject) return invalid('it is about somebody else: identities and salt do not give its subject')
  if (id !== said.id) return invalid('its id is that of another receipt')
  const bytes = Buffer.from(leaf, 'base64')
  const unfit = recordFault(bytes, said)
  if (unfit !== undefined) return invalid(unfit)
  const index = Number(said.index)
  const facts = { verb: said.verb, time: said.time, policy: said.policy, index, origin: said.origin }
  if (proof === undefined) return { state: 'valid', ...facts, size: undefined }
  const proved = typeof proof === 'string' ? checkTlogProof(proof, trusted, bytes) : undefined
  if (proved === undefined || proved.state === 'invalid')
    return invalid(`its proof: ${proved === undefined ? 'it is no text' : proved.why}`)
  if (proved.index !== index || proved.origin !== said.origin) return invalid('its proof is of another record')
  return { state: 'valid', ...facts, size: proved.size }
}

/** Each line once, in order. */
function promisedIn(text: string): Promised | undefined {
  const [first, ...lines] = text.trimEnd().split('\n')
  if (first !== FIRST_LINE || lines.length !== NAMES.length) return undefined
  const values = lines.map((line, at) => (line.startsWith(`${NAMES[at]} `) ? line.slice(NAMES[at]!.length + 1) : ''))
  if (values.includes('')) return undefined
  // Sound: one value for each name.
  return Object.fromEntries(NAMES.map((name, at) => [name, values[at]])) as unknown as Promised
}

/** Why the record is not the promised one; undefined if it is. */
function recordFault(leaf: Buffer, said: Promised): string | undefined {
  if (leafHashOf(leaf).toString('hex') !== said.record) return 'its record is not the one that was promised'
  const reading = new LeafReading()
  const refusal = reading.read(leaf, 0, leaf.length)
  if (refusal !== undefined) return `its record cannot be read: ${refusal}`
  const { shape, seq, time } = reading
  if (shape === undefined || shape.kind !== 'receipt' || !('facts' in shape)) return 'its record is of another kind'
  const at = Date.parse(said.time)
  const agrees =
    shape.action === said.verb &&
    shape.facts.get('subject') === said.subject &&
    shape.facts.get('policy') === said.policy &&
    seq === Number(said.index) &&
    time === at - (at % DAY_MS)
  return agrees ? undefined : 'its record differs from its promise'
}

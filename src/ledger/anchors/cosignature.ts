/** Cosignatures of witnesses: C2SP tlog-cosignature, the Ed25519 kind. */
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'

/** Type byte of an Ed25519 cosigner's key. */
const COSIGNATURE = 4
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex')
const ID_BYTES = 4
const TIME_BYTES = 8
const SIGNATURE_BYTES = 64

export interface WitnessKey {
  readonly name: string
  readonly id: Buffer
  readonly key: KeyObject
}

/** `<name>+<key id>+<key>`. Throws `TypeError` unless it is an Ed25519 cosigner's key. */
export function parseWitnessKey(text: string): WitnessKey {
  const parts = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$/u.exec(text.trim())
  const typed = Buffer.from(parts?.[3] ?? '', 'base64')
  if (parts === null || typed.length !== 33 || typed[0] !== COSIGNATURE)
    throw new TypeError('not the verifier key of an Ed25519 witness (name+id+key, type 4)')
  const name = parts[1]!
  const id = createHash('sha256').update(`${name}\n`).update(typed).digest().subarray(0, ID_BYTES)
  if (id.toString('hex') !== parts[2]) throw new TypeError('a witness key does not match its id')
  const der = Buffer.concat([SPKI_HEAD, typed.subarray(1)])
  return { name, id, key: createPublicKey({ key: der, format: 'der', type: 'spki' }) }
}

/**
 * The line, with its line end, that holds this witness's valid cosignature of `note`; undefined if there is none.
 * Lines of other signers are skipped.
 */
export function findCosignature(lines: string, note: string, witness: WitnessKey): string | undefined {
  const text = note.slice(0, note.lastIndexOf('\n\n') + 1)
  for (const line of lines.split('\n')) {
    const [, name, encoded] = /^— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/u.exec(line) ?? []
    const bytes = Buffer.from(encoded ?? '', 'base64')
    if (name !== witness.name || bytes.length !== ID_BYTES + TIME_BYTES + SIGNATURE_BYTES) continue
    if (!bytes.subarray(0, ID_BYTES).equals(witness.id)) continue
    const time = bytes.readBigUInt64BE(ID_BYTES)
    const message = Buffer.from(`cosignature/v1\ntime ${time}\n${text}`, 'utf8')
    if (verify(null, message, witness.key, bytes.subarray(ID_BYTES + TIME_BYTES))) return `${line}\n`
  }
  return undefined
}

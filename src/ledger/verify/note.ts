/** Parses and checks C2SP checkpoints and verifier keys. Shares no code with the signer. */
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'

const ED25519 = 1
/** The bytes before the 32 key bytes in an Ed25519 SubjectPublicKeyInfo (RFC 8410). */
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex')

export interface TrustedKey {
  readonly name: string
  /** Eight hex digits. */
  readonly id: string
  readonly key: KeyObject
}

export type OpenedCheckpoint =
  | { readonly state: 'valid'; readonly origin: string; readonly size: number; readonly root: Buffer }
  | { readonly state: 'unknown_key' }
  | { readonly state: 'invalid'; readonly why: string }

/** Verifier keys, one a line; `#` begins a comment line. Throws `TypeError` on an invalid line. */
export function parseTrust(text: string): readonly TrustedKey[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map(parseVerifierKey)
}

function parseVerifierKey(line: string): TrustedKey {
  const parts = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$/u.exec(line.trim())
  const typed = Buffer.from(parts?.[3] ?? '', 'base64')
  if (parts === null || typed.length !== 33 || typed[0] !== ED25519) throw new TypeError('not an Ed25519 verifier key')
  const name = parts[1]!
  const id = createHash('sha256').update(`${name}\n`).update(typed).digest('hex').slice(0, 8)
  if (id !== parts[2]) throw new TypeError('a verifier key does not match its id')
  const der = Buffer.concat([SPKI_HEAD, typed.subarray(1)])
  return { name, id, key: createPublicKey({ key: der, format: 'der', type: 'spki' }) }
}

/** A signed note's text, or why it is not valid. */
export type OpenedNote =
  | { readonly state: 'valid'; readonly text: string }
  | { readonly state: 'unknown_key' }
  | { readonly state: 'invalid'; readonly why: string }

/** The limit of the reference implementation. */
const MOST_SIGNATURES = 100

/**
 * A note is valid if at least one signature is by a trusted key and no signature by a trusted key is wrong. The first
 * signature of each key counts (C2SP signed-note, golang.org/x/mod/sumdb/note).
 */
export function openNote(note: string, trusted: readonly TrustedKey[]): OpenedNote {
  const split = note.lastIndexOf('\n\n')
  const text = note.slice(0, split + 1)
  const signatures = note.slice(split + 2)
  if (split < 0 || !/^(?:— [^\s+]+ [A-Za-z0-9+/]+={0,2}\n)+$/u.test(signatures)) {
    return { state: 'invalid', why: 'its signature lines are malformed' }
  }
  const lines = signatures.trimEnd().split('\n')
  if (lines.length > MOST_SIGNATURES) return { state: 'invalid', why: 'it has too many signatures' }
  const seen = new Set<TrustedKey>()
  for (const line of lines) {
    const [, name, encoded] = line.split(' ')
    const bytes = Buffer.from(encoded!, 'base64')
    const id = bytes.subarray(0, 4).toString('hex')
    const by = trusted.find((key) => key.name === name && key.id === id)
    if (by === undefined || seen.has(by)) continue
    if (!verify(null, Buffer.from(text, 'utf8'), by.key, bytes.subarray(4))) {
      return { state: 'invalid', why: 'its signature does not match its text' }
    }
    seen.add(by)
  }
  return seen.size > 0 ? { state: 'valid', text } : { state: 'unknown_key' }
}

/** Opens a checkpoint, which is a signed note. Only keys of its origin's name count: another ledger's sign for that alone. */
export function openCheckpoint(note: string, trusted: readonly TrustedKey[]): OpenedCheckpoint {
  const split = note.lastIndexOf('\n\n')
  const lines = /^([^\n]+)\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/]{43}=)\n(?:[^\n]+\n)*$/u.exec(note.slice(0, split + 1))
  if (split < 0 || lines === null) return { state: 'invalid', why: 'it is not a checkpoint' }
  const origin = lines[1]!
  const keys = trusted.filter(({ name }) => name === origin)
  const opened = openNote(note, keys)
  if (opened.state !== 'valid') return opened
  return { state: 'valid', origin, size: Number(lines[2]), root: Buffer.from(lines[3]!, 'base64') }
}

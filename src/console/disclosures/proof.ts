/**
 * Verifies an inclusion proof in the browser with WebCrypto, from bytes alone: RFC 6962 leaf and node hashes, RFC 9162
 * 2.1.3.2, C2SP checkpoints and Ed25519. Shares no code with the gateway that made the proof.
 */

export type ProofVerdict =
  | {
      readonly state: 'valid'
      readonly index: number
      readonly size: number
      readonly origin: string
      readonly key: string
    }
  | { readonly state: 'invalid'; readonly why: string }

type Bytes = Uint8Array<ArrayBuffer>
interface TrustedKey {
  readonly name: string
  /** Eight hex digits. */
  readonly id: string
  readonly key: CryptoKey
}

const ED25519 = 1
/** Base64. */
const HASH_LETTERS = 44
const NUMBER_DIGITS = 16

/**
 * @param proof a C2SP tlog-proof
 * @param trust verifier keys, from the gateway or from the auditor
 * @param leaf the bytes of the record that the proof must be about, if known
 */
export async function checkProof(proof: string, trust: readonly string[], leaf: string): Promise<ProofVerdict> {
  try {
    return await verdictOf(proof, trust, leaf)
  } catch (error) {
    if (error instanceof DOMException && error.name === 'NotSupportedError')
      return invalid('this browser cannot check Ed25519 signatures')
    throw error
  }
}

async function verdictOf(proof: string, trust: readonly string[], leaf: string): Promise<ProofVerdict> {
  const head =
    /^c2sp\.org\/tlog-proof@v1\n(?:extra ([A-Za-z0-9+/]*={0,2})\n)?index (0|[1-9][0-9]*)\n((?:[A-Za-z0-9+/]+=\n)*)\n/u.exec(
      proof,
    )
  if (head === null) return invalid('it is no tlog-proof')
  const [whole, extra, indexText = '', hashes = ''] = head
  const path = hashes.split('\n').filter((line) => line !== '')
  if (indexText.length > NUMBER_DIGITS || path.some(({ length }) => length !== HASH_LETTERS))
    return invalid('it is no tlog-proof')
  if (extra !== undefined && extra !== leaf) return invalid('it is about another record')
  const checkpoint = await openCheckpoint(proof.slice(whole.length), await Promise.all(trust.map(parseKey)))
  if (typeof checkpoint === 'string') return invalid(checkpoint)
  const index = Number(indexText)
  const root = await rootFrom(await leafHash(bytesOf(leaf)), index, checkpoint.size, path.map(bytesOf))
  if (root === undefined || !sameBytes(root, checkpoint.root))
    return invalid('its hashes do not lead from the record to the root')
  const { size, origin, key } = checkpoint
  return { state: 'valid', index, size, origin, key }
}

function invalid(why: string): ProofVerdict {
  return { state: 'invalid', why }
}

async function openCheckpoint(note: string, trusted: readonly (TrustedKey | undefined)[]) {
  const split = note.lastIndexOf('\n\n')
  const text = note.slice(0, split + 1)
  const lines = /^([^\n]+)\n(0|[1-9][0-9]*)\n([A-Za-z0-9+/]+=)\n(?:[^\n]+\n)*$/u.exec(text)
  const [, origin = '', size = '', root = ''] = lines ?? []
  if (split < 0 || lines === null || size.length > NUMBER_DIGITS || root.length !== HASH_LETTERS)
    return 'its checkpoint is none'
  let key = ''
  for (const line of note
    .slice(split + 2)
    .trimEnd()
    .split('\n')) {
    const [, name, encoded = ''] = line.split(' ')
    const signature = bytesOf(encoded)
    const id = hexOf(signature.slice(0, 4))
    const by = trusted.find((one) => one !== undefined && one.name === name && one.id === id)
    if (by === undefined) continue
    const isGood = await crypto.subtle.verify('Ed25519', by.key, signature.slice(4), new TextEncoder().encode(text))
    if (!isGood) return 'the signature of its checkpoint does not match'
    key = `${by.name}+${by.id}`
  }
  if (key === '') return 'its checkpoint is signed by no trusted key'
  return { origin, size: Number(size), root: bytesOf(root), key }
}

/** `name+id+base64`; undefined for a line that is not an Ed25519 key or whose id does not match it. */
async function parseKey(line: string): Promise<TrustedKey | undefined> {
  const parts = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$/.exec(line.trim())
  if (parts === null) return undefined
  const [, name = '', id = '', encoded = ''] = parts
  const typed = bytesOf(encoded)
  const own = await sha256(new TextEncoder().encode(`${name}\n`), typed)
  if (typed[0] !== ED25519 || hexOf(own.slice(0, 4)) !== id) return undefined
  return { name, id, key: await crypto.subtle.importKey('raw', typed.slice(1), 'Ed25519', false, ['verify']) }
}

/** The root computed from the path; undefined if it has too many or too few hashes. */
async function rootFrom(leaf: Bytes, index: number, size: number, path: readonly Bytes[]): Promise<Bytes | undefined> {
  if (!(index >= 0 && index < size)) return undefined
  let fn = BigInt(index)
  let sn = BigInt(size - 1)
  let root = leaf
  for (const hash of path) {
    if (sn === 0n) return undefined
    if ((fn & 1n) === 1n || fn === sn) {
      root = await sha256(Uint8Array.of(1), hash, root)
      while ((fn & 1n) === 0n && fn !== 0n) {
        fn >>= 1n
        sn >>= 1n
      }
    } else root = await sha256(Uint8Array.of(1), root, hash)
    fn >>= 1n
    sn >>= 1n
  }
  return sn === 0n ? root : undefined
}

function leafHash(leaf: Bytes): Promise<Bytes> {
  return sha256(Uint8Array.of(0), leaf)
}

async function sha256(...parts: readonly Bytes[]): Promise<Bytes> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', all))
}

function bytesOf(base64: string): Bytes {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
}

function hexOf(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index])
}

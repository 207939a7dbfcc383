/**
 * The one pass over a text on which the rest of the guard builds. By byte and table: patterns cost ten times as much,
 * and this runs for every item.
 */

/** A run of characters that may hide something: as base64, as hex or as a digest. */
export interface Token {
  /** With up to two trailing `=`. */
  readonly text: string
  /** A run of hex digits that may hide something, regardless of its surroundings. */
  readonly hasHex: boolean
  /**
   * Letters of both cases, which base64 of text has except one in thousands of short ones, or padding; words and UUIDs
   * lack both.
   */
  readonly isMixed: boolean
  /** Long enough for a digest, and not only hex digits and separators as in UUIDs. */
  readonly mayBeDigest: boolean
}

const DIGIT = 1
const LOWER_HEX = 2
const LOWER = 4
const UPPER_HEX = 8
const UPPER = 16
const SYMBOL = 32
const HEX = DIGIT | LOWER_HEX | UPPER_HEX
const KINDS = Uint8Array.from({ length: 256 }, (_, code) => kindOf(String.fromCharCode(code)))
const IS_KEPT = KINDS.map((kind) => (kind === 0 || kind === SYMBOL ? 0 : 1))

/** Shorter runs cannot hide anything. */
const MIN_TOKEN = 10
/** Seven characters in hex. */
const MIN_HEX = 14
/** MD5 in base64, and in hex. */
const MIN_BASE64_DIGEST = 22
const MIN_HEX_DIGEST = 32
const EQUALS = 0x3d
/** Maps capitals to lower case; leaves lower-case letters and digits. */
const SMALL = 0x20

function kindOf(character: string): number {
  if (/[0-9]/.test(character)) return DIGIT
  if (/[a-f]/.test(character)) return LOWER_HEX
  if (/[g-z]/.test(character)) return LOWER
  if (/[A-F]/.test(character)) return UPPER_HEX
  if (/[G-Z]/.test(character)) return UPPER
  return /[+/_-]/.test(character) ? SYMBOL : 0
}

/** Only ASCII letters and digits, in lower case. Any other character, of any script, separates. For short texts. */
export function squeeze(text: string): string {
  let kept = ''
  let start = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code < 128 && IS_KEPT[code] === 1) continue
    kept += text.slice(start, index)
    start = index + 1
  }
  return (start === 0 ? text : kept + text.slice(start)).toLowerCase()
}

/** Whether `squeeze(text)` equals this, without computing it: most texts differ in their first character. */
export function squeezesTo(text: string, squeezed: string): boolean {
  let at = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code >= 128 || IS_KEPT[code] !== 1) continue
    if ((code | SMALL) !== squeezed.charCodeAt(at)) return false
    at++
  }
  return at === squeezed.length
}

/** Scratch buffers, reused; larger texts get their own. */
const SCRATCH = Buffer.allocUnsafeSlow(64 * 1024)
const SQUEEZED = Buffer.allocUnsafeSlow(SCRATCH.length + 1)
const MAX_BYTES_A_UNIT = 3

/** A text squeezed, and its tokens. */
export function dissect(text: string): { readonly squeezed: string; readonly tokens: readonly Token[] } {
  const fits = text.length * MAX_BYTES_A_UNIT <= SCRATCH.length
  const bytes = fits ? SCRATCH : Buffer.from(text)
  const size = fits ? SCRATCH.write(text) : bytes.length
  return { squeezed: squeezeBytes(bytes, size), tokens: tokensIn(bytes, size) }
}

function squeezeBytes(bytes: Buffer, length: number): string {
  const kept = length < SQUEEZED.length ? SQUEEZED : Buffer.allocUnsafe(length + 1)
  let size = 0
  for (let index = 0; index < length; index++) {
    const code = bytes[index]!
    // Branch-free: the next character overwrites one that is not kept.
    kept[size] = code | SMALL
    size += IS_KEPT[code]!
  }
  return kept.toString('latin1', 0, size)
}

function tokensIn(bytes: Buffer, length: number): readonly Token[] {
  const tokens: Token[] = []
  for (let start = 0; start + MIN_TOKEN <= length; ) {
    // Backwards: one character outside tokens rules out all runs across it.
    let probe = start + MIN_TOKEN - 1
    while (probe >= start && KINDS[bytes[probe]!] !== 0) probe--
    if (probe >= start) {
      start = probe + 1
      continue
    }
    let end = start + MIN_TOKEN
    while (end < length && KINDS[bytes[end]!] !== 0) end++
    const token = tokenAt(bytes, start, end, length)
    if (token !== undefined) tokens.push(token)
    start = end + 1
  }
  return tokens
}

/** Undefined if nothing can be hidden in it. */
function tokenAt(bytes: Buffer, start: number, end: number, length: number): Token | undefined {
  let kinds = 0
  let run = 0
  let longestHex = 0
  for (let index = start; index < end; index++) {
    const kind = KINDS[bytes[index]!]!
    kinds |= kind
    run = (kind & HEX) === 0 ? 0 : run + 1
    longestHex = Math.max(longestHex, run)
  }
  const padding = end < length && bytes[end] === EQUALS ? (end + 1 < length && bytes[end + 1] === EQUALS ? 2 : 1) : 0
  // What continues after a sign is a query's value, and the sign is not padding.
  const isPadded = padding > 0 && (end + padding >= length || KINDS[bytes[end + padding]!] === 0)
  const hasHex = longestHex >= MIN_HEX
  const isMixed = isPadded || ((kinds & (LOWER_HEX | LOWER)) !== 0 && (kinds & (UPPER_HEX | UPPER)) !== 0)
  const isBeyondHex = (kinds & (LOWER | UPPER)) !== 0 && end - start >= MIN_BASE64_DIGEST
  const mayBeDigest = isBeyondHex || longestHex >= MIN_HEX_DIGEST
  if (!hasHex && !isMixed && !mayBeDigest) return undefined
  return { text: bytes.toString('latin1', start, end + padding), hasHex, isMixed, mayBeDigest }
}

/**
 * Bytes, prepared once, in which many values are looked for in every form they could hide in: other case, without
 * separators, percent-encoded, JSON-escaped, base64, hex, or hashed.
 */
import { hash } from 'node:crypto'
import { type AddressNeedle, addressNeedle, canonicalV6, v6AddressesIn } from './address.ts'
import { fineNumbersIn } from './fine-numbers.ts'
import { type Shape, shapeOf } from './shape.ts'
import { dissect, squeeze, type Token } from './text.ts'

export type Form = 'plain' | 'separators' | 'encoded' | 'hash' | 'number'

/** A value to look for, prepared once for many haystacks. */
export interface Needle {
  readonly text: string
  readonly shape: Exclude<Shape, 'value'>
  readonly lower: string
  /** Letters and digits alone. */
  readonly squeezed: string
  /** Where the shape is `ip`. */
  readonly address?: AddressNeedle
}

/** Undefined for a plain value: it could be in anything, and is only ever compared whole. */
export function needleOf(text: string): Needle | undefined {
  const shape = shapeOf(text)
  if (shape === 'value') return undefined
  const needle = { text, shape, lower: text.toLowerCase(), squeezed: squeeze(text) }
  return shape === 'ip' ? { ...needle, address: addressNeedle(text) } : needle
}

export interface Haystack {
  /** The form in which the value is in the bytes, or undefined. */
  find(needle: Needle): Form | undefined
  /** False only where no value in the bytes, read in whatever format, is this text; `anyCase`: in capitals or not. */
  mayHoldWhole(text: string, anyCase: boolean): boolean
}

/** A value squeezed to fewer letters and digits than this could be anywhere by chance. */
const MIN_SQUEEZED = 7
const MIN_PLAIN = 5
const HEX_DIGEST = /(?<![0-9a-f])(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})(?![0-9a-f])/gi
/** Each hash by the number of hex digits and of base64 characters (without padding) it is written in: six different ones. */
const HASHES = [
  { algorithm: 'md5', hexLength: 32, base64Length: 22 },
  { algorithm: 'sha1', hexLength: 40, base64Length: 27 },
  { algorithm: 'sha256', hexLength: 64, base64Length: 43 },
] as const
/** Six digits and more, without a point: a position may be told in parts of a degree. */
const WHOLE_NUMBER = /(?<![\d.])-?\d{6,10}(?![\d.])/g
const PARTS_OF_A_DEGREE = [1e7, 1e6, 1e5]
/** Two positions this close are one: a third decimal is 111 m. */
const SAME_DEGREES = 0.000_5
/** Parts of a degree are copied whole, and a time in seconds looks just like them. */
const SAME_PARTS = 0.000_01
const MAX_DECODING_DEPTH = 2
/** Digits alone, so few that they are inside longer numbers by chance. */
const FEW_DIGITS = /^\d{7,9}$/

/** @param ownNumbers numbers that are there by right: a coarsened position may lie close to the true one */
export function createHaystack(bytes: string, ownNumbers: readonly number[] = []): Haystack {
  const decoded = unescapeText(bytes)
  const lower = decoded.toLowerCase()
  const { squeezed, tokens } = dissect(decoded)
  const inside = lazy(() => decodeTokens(tokens, 0))
  const digests = lazy(() => digestsIn(tokens))
  const fineNumbers = lazy(() => fineNumbersIn(lower).filter((number) => !ownNumbers.includes(number)))
  const wholeNumbers = lazy(() => (lower.match(WHOLE_NUMBER) ?? []).map(Number))
  const v6Addresses = lazy(() => v6AddressesIn(lower))

  return {
    find: (needle) => {
      const { shape, text } = needle
      const isLong = needle.squeezed.length >= MIN_SQUEEZED
      if (shape === 'coordinates') {
        const degrees = Number(text)
        if (fineNumbers().some((number) => Math.abs(number - degrees) < SAME_DEGREES)) return 'number'
        if (mayBeInParts(degrees, lower) && isInParts(degrees, wholeNumbers())) return 'number'
      } else if (shape === 'ip') {
        if (isSpelled(needle.address!, squeezed, lower)) return 'plain'
        if (text.includes(':') && v6Addresses().has(canonicalV6(needle.lower))) return 'plain'
      } else if (isLong) {
        // What is there as it is, is there squeezed.
        if (squeezed.includes(needle.squeezed) && !isChance(needle, lower))
          return lower.includes(needle.lower) ? 'plain' : 'separators'
      } else {
        if (needle.lower.length >= MIN_PLAIN && lower.includes(needle.lower)) return 'plain'
        if (shape === 'contact' && isEncoded(text, decoded, lower)) return 'encoded'
      }
      if (isLong && inside().includes(needle.squeezed)) return 'encoded'
      return digests().length > 0 && hasDigest(text, digests()) ? 'hash' : undefined
    },
    mayHoldWhole: (text, anyCase) => {
      if (!UNALTERED.test(text)) return true
      const [sought, within] = anyCase ? [text.toLowerCase(), lower] : [text, decoded]
      // A form may write a space as a plus.
      return standsAlone(sought, within) || (sought.includes(' ') && standsAlone(sought.replaceAll(' ', '+'), within))
    },
  }
}

/** Characters that are themselves again once escapes and percent-encoding are undone. */
const UNALTERED = /^[\x20-\x24\x26-\x5b\x5d-\x7e]+$/

/** True where what is around the text could be around a value: that is no letter or digit, unless it is a line's `\\n`. */
function standsAlone(text: string, within: string): boolean {
  for (let at = within.indexOf(text); at >= 0; at = within.indexOf(text, at + 1)) {
    const begins = !isOfWord(within, at - 1) || within[at - 2] === '\\'
    if (begins && !isOfWord(within, at + text.length)) return true
  }
  return false
}

function isOfWord(text: string, at: number): boolean {
  const code = text.charCodeAt(at) | 0x20
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39)
}

function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

/** Percent-encoding, twice, and JSON escapes, twice: what stays malformed stays as it is. */
function unescapeText(bytes: string): string {
  let text = bytes
  for (let round = 0; round < 2; round++) {
    if (text.includes('%'))
      text = text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'))
    if (text.includes('\\'))
      text = text
        .replace(/\\u([0-9a-f]{4})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
        .replace(/\\(["\\/])/g, '$1')
  }
  return text
}

/** What base64- and hex-looking tokens hold, squeezed; one token's text never runs into the next. */
function decodeTokens(tokens: readonly Token[], depth: number): string {
  let found = ''
  for (const { text, isHex, isMixed } of tokens) {
    if (isHex) found += decodeToken(text, 'hex', depth)
    if (!isMixed) continue
    // A token may begin with letters that are not part of the encoding.
    for (let start = 0; start < Math.min(4, text.length - 9); start++)
      found += decodeToken(text.slice(start), 'base64', depth)
  }
  return found
}

function decodeToken(token: string, encoding: 'hex' | 'base64', depth: number): string {
  const plain = Buffer.from(token, encoding).toString('latin1')
  if (!isPrintable(plain)) return ''
  const { squeezed, tokens } = dissect(plain)
  return ` ${squeezed}${depth < MAX_DECODING_DEPTH ? decodeTokens(tokens, depth + 1) : ''}`
}

/** What could be digests of one hash. */
interface Digests {
  readonly algorithm: (typeof HASHES)[number]['algorithm']
  readonly texts: ReadonlySet<string>
}

/** Only the hashes that something could be a digest of. */
function digestsIn(tokens: readonly Token[]): readonly Digests[] {
  const found = tokens.flatMap(possibleDigests)
  if (found.length === 0) return []
  return HASHES.flatMap(({ algorithm, hexLength, base64Length }) => {
    const texts = new Set(found.filter(({ length }) => length === hexLength || length === base64Length))
    return texts.size > 0 ? [{ algorithm, texts }] : []
  })
}

/** In lower-case hex or unpadded base64url. */
function possibleDigests({ text, mayBeDigest }: Token): readonly string[] {
  if (!mayBeDigest) return []
  const found = (text.match(HEX_DIGEST) ?? []).map((digest) => digest.toLowerCase())
  const bare = text.replace(/=+$/, '')
  for (const { base64Length } of HASHES) {
    const end = bare.slice(-base64Length)
    // A digest in base64 has a letter that is no hex digit, but for one in 10^9, and a capital or digit, but for one in
    // 10^7: a path of words has neither.
    if (end.length === base64Length && /[g-z]/i.test(end) && /[A-Z0-9]/.test(end)) found.push(toBase64Url(end))
  }
  return found
}

/** Mostly text: a run of seven printable characters is what a hidden value would be. */
function isPrintable(text: string): boolean {
  return /[\x20-\x7e]{7}/.test(text)
}

function isSpelled({ mayBeIn, spelled }: AddressNeedle, squeezed: string, lower: string): boolean {
  return mayBeIn(squeezed) && spelled().test(lower)
}

/** The first digits are the same in whatever parts of a degree; near zero there are too few to tell. */
function mayBeInParts(degrees: number, lower: string): boolean {
  const first = Math.trunc(Math.abs(degrees) * 1_000)
  return first < 1_000 || lower.includes(String(first))
}

/** True where a number is the position in millionths or so of a degree. */
function isInParts(degrees: number, numbers: readonly number[]): boolean {
  return numbers.some((number) => PARTS_OF_A_DEGREE.some((parts) => Math.abs(number / parts - degrees) < SAME_PARTS))
}

/** Few digits that are only part of longer numbers, or of several, are not the number that is sought. */
function isChance({ squeezed }: Needle, lower: string): boolean {
  if (!FEW_DIGITS.test(squeezed)) return false
  return !new RegExp(`(?<!\\d)${[...squeezed].join('[\\s().+-]{0,3}')}(?!\\d)`).test(lower)
}

/** A contact so short that what base64 and hex say of it is looked for, and not the contact in what they say. */
function isEncoded(text: string, decoded: string, lower: string): boolean {
  return [...new Set([text, text.toLowerCase(), text.toUpperCase()])].some(
    (spelling) =>
      lower.includes(Buffer.from(spelling).toString('hex')) ||
      base64Forms(spelling).some((form) => decoded.includes(form) || decoded.includes(toBase64Url(form))),
  )
}

/** What of the base64 of any text that holds this one does not depend on what stands around it: three alignments. */
function base64Forms(text: string): readonly string[] {
  return [0, 1, 2].map((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(text)])
    const first = Math.ceil((before * 8) / 6)
    return bytes.toString('base64').slice(first, Math.floor((bytes.length * 8) / 6))
  })
}

function toBase64Url(text: string): string {
  return text.replaceAll('+', '-').replaceAll('/', '_')
}

/** Hashes as partners specify them: of the text, trimmed, in either case, without hyphens, a phone's digits. */
function hasDigest(text: string, digests: readonly Digests[]): boolean {
  const trimmed = text.trim()
  const bare = trimmed.replace(/[-\s().+]/g, '')
  const spellings = new Set([
    text,
    trimmed,
    trimmed.toLowerCase(),
    trimmed.toUpperCase(),
    bare,
    bare.toLowerCase(),
    bare.toUpperCase(),
    `+${bare}`,
  ])
  for (const { algorithm, texts } of digests) {
    for (const spelling of spellings) {
      const digest = hash(algorithm, spelling, 'buffer')
      if (texts.has(digest.toString('hex')) || texts.has(digest.toString('base64url'))) return true
    }
  }
  return false
}

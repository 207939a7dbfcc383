/**
 * Bytes, prepared once, in which many values are looked for in every form they could hide in: other case, without
 * separators, percent-encoded, JSON-escaped, base64, hex, or hashed.
 */
import { hash } from 'node:crypto'
import { isIPv4, isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'
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
}

/** Undefined for a plain value: it could be in anything, and is only ever compared whole. */
export function needleOf(text: string): Needle | undefined {
  const shape = shapeOf(text)
  return shape === 'value' ? undefined : { text, shape, lower: text.toLowerCase(), squeezed: squeeze(text) }
}

export interface Haystack {
  /** The form in which the value is in the bytes, or undefined. */
  find(needle: Needle): Form | undefined
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
/** Three decimals or more; the seconds of a time are none. */
const FINE_NUMBER = /(?<!\d\d:\d\d:\d{0,2})-?\d{1,3}\.\d{3,}/g
const V6_TOKEN = /[0-9a-f]*:[0-9a-f:.]+/g
/** Two positions this close are one: a third decimal is 111 m. */
const SAME_DEGREES = 0.000_5
const MAX_DECODING_DEPTH = 2
/** 1.0.0.0 as a number. */
const MIN_INTEGER = '16777216'.length
const DOT = 0x2e
const ZERO = 0x30

/** @param ownNumbers numbers that are there by right: a coarsened position may lie close to the true one */
export function createHaystack(bytes: string, ownNumbers: readonly number[] = []): Haystack {
  const decoded = unescapeText(bytes)
  const lower = decoded.toLowerCase()
  const { squeezed, tokens } = dissect(decoded)
  const inside = lazy(() => decodeTokens(tokens, 0))
  const digests = lazy(() => digestsIn(tokens))
  const fineNumbers = lazy(() =>
    (lower.match(FINE_NUMBER) ?? []).map(Number).filter((number) => !ownNumbers.includes(number)),
  )
  const v6Addresses = lazy(() => new Set((lower.match(V6_TOKEN) ?? []).map(canonicalV6)))

  return {
    find: (needle) => {
      const { shape, text } = needle
      const isLong = needle.squeezed.length >= MIN_SQUEEZED
      if (shape === 'coordinates') {
        const degrees = Number(text)
        if (fineNumbers().some((number) => Math.abs(number - degrees) < SAME_DEGREES)) return 'number'
      } else if (shape === 'ip') {
        const found = findIp(text, lower, v6Addresses)
        if (found !== undefined) return found
      } else if (isLong) {
        // What is there as it is, is there squeezed.
        if (squeezed.includes(needle.squeezed)) return lower.includes(needle.lower) ? 'plain' : 'separators'
      } else if (needle.lower.length >= MIN_PLAIN && lower.includes(needle.lower)) return 'plain'
      if (isLong && inside().includes(needle.squeezed)) return 'encoded'
      return digests().length > 0 && hasDigest(text, digests()) ? 'hash' : undefined
    },
  }
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
    // A digest in base64 has a letter that is no hex digit, but for one in 10^9.
    if (end.length === base64Length && /[g-z]/i.test(end)) found.push(toBase64Url(end))
  }
  return found
}

/** Mostly text: a run of seven printable characters is what a hidden value would be. */
function isPrintable(text: string): boolean {
  return /[\x20-\x7e]{7}/.test(text)
}

function findIp(text: string, lower: string, v6Addresses: () => ReadonlySet<string>): Form | undefined {
  if (text.includes(':')) return v6Addresses().has(canonicalV6(text.toLowerCase())) ? 'plain' : undefined
  const at = lower.indexOf(text)
  if (at >= 0 && !isDigit(lower[at + text.length]) && !isDigit(lower[at - 1]) && lower[at - 1] !== '.') return 'plain'
  const integer = integerOf(text)
  // An address that begins with 0 is no one's, and as a number it is small enough to be anywhere.
  if (integer.length < MIN_INTEGER) return undefined
  const place = lower.indexOf(integer)
  return place >= 0 && !isDigit(lower[place - 1]) && !isDigit(lower[place + integer.length]) ? 'number' : undefined
}

/** A v4 address as one number. */
function integerOf(v4: string): string {
  let whole = 0
  let part = 0
  for (let index = 0; index < v4.length; index++) {
    const code = v4.charCodeAt(index)
    if (code === DOT) {
      whole = whole * 256 + part
      part = 0
    } else part = part * 10 + (code - ZERO)
  }
  return String(whole * 256 + part)
}

function isDigit(character: string | undefined): boolean {
  return character !== undefined && character >= '0' && character <= '9'
}

function canonicalV6(text: string): string {
  const bare = text.replace(/^:(?!:)|(?<!:):$/g, '')
  if (!isIPv6(bare)) return isIPv4(bare) ? bare : ''
  return ipaddr.IPv6.parse(bare).toNormalizedString()
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

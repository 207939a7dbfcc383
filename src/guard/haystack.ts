/**
 * Bytes, prepared once, in which many values are looked for in every form they could hide in: other case, without
 * separators, percent-encoded, JSON-escaped, base64, hex, or hashed.
 */
import { hash } from 'node:crypto'
import { isIPv4, isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'
import { type Shape, shapeOf } from './shape.ts'

export type Form = 'plain' | 'separators' | 'encoded' | 'hash' | 'number'

/** A value to look for, prepared once for many haystacks. */
export interface Needle {
  readonly text: string
  readonly shape: Shape
  readonly lower: string
  /** Letters and digits alone. */
  readonly squeezed: string
}

export function needleOf(text: string): Needle {
  const shape = shapeOf(text)
  // A plain value is only ever compared whole.
  const lower = shape === 'value' ? '' : text.toLowerCase()
  return { text, shape, lower, squeezed: squeeze(lower) }
}

export interface Haystack {
  /** The form in which the value is in the bytes, or undefined. */
  find(needle: Needle): Form | undefined
}

/** A value squeezed to fewer letters and digits than this could be anywhere by chance. */
const MIN_SQUEEZED = 7
const MIN_PLAIN = 5
/** Anything that base64, hex or a digest could be. */
const TOKEN = /[A-Za-z0-9+/_-]{10,}={0,2}/g
const HEX_DIGEST = /(?<![0-9a-f])(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})(?![0-9a-f])/gi
/** Letters in which SHA-256, SHA-1 and MD5 end as base64 without padding. */
const BASE64_DIGEST_LENGTHS = [43, 27, 22]
const FINE_NUMBER = /-?\d{1,3}\.\d{3,}/g
const V6_TOKEN = /[0-9a-f]*:[0-9a-f:.]+/g
/** Two positions this close are one: a third decimal is 111 m. */
const SAME_DEGREES = 0.000_5
const MAX_DECODING_DEPTH = 2

/** @param ownNumbers numbers that are there by right: a coarsened position may lie close to the true one */
export function createHaystack(bytes: string, ownNumbers: readonly number[] = []): Haystack {
  const decoded = unescapeText(bytes)
  const lower = decoded.toLowerCase()
  const squeezed = squeeze(lower)
  const tokens = decoded.match(TOKEN) ?? []
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
      } else {
        if (needle.lower.length >= MIN_PLAIN && lower.includes(needle.lower)) return 'plain'
        if (isLong && squeezed.includes(needle.squeezed)) return 'separators'
      }
      if (isLong && inside().includes(needle.squeezed)) return 'encoded'
      return digests().size > 0 ? findDigest(text, digests()) : undefined
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

/** Letters and digits alone. Anything else, of whatever script, is a separator here. */
function squeeze(lower: string): string {
  return lower === '' ? '' : lower.replace(/[^a-z0-9]+/g, '')
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
function decodeTokens(tokens: readonly string[], depth: number): string {
  let found = ''
  for (const token of tokens) {
    if (token.length >= 14 && /^[0-9a-fA-F]+$/.test(token)) found += decodeToken(token, 'hex', depth)
    // Text in base64 has letters of both cases but for one in thousands of short ones; words and UUIDs do not.
    if (!/[A-Z]/.test(token) || !/[a-z]/.test(token)) continue
    // A token may begin with letters that are not part of the encoding.
    for (let start = 0; start < Math.min(4, token.length - 9); start++)
      found += decodeToken(token.slice(start), 'base64', depth)
  }
  return found
}

function decodeToken(token: string, encoding: 'hex' | 'base64', depth: number): string {
  const plain = Buffer.from(token, encoding).toString('latin1')
  if (!isPrintable(plain)) return ''
  const deeper = depth < MAX_DECODING_DEPTH ? decodeTokens(plain.match(TOKEN) ?? [], depth + 1) : ''
  return ` ${squeeze(plain.toLowerCase())}${deeper}`
}

/** Whatever could be a digest, in lower-case hex or unpadded base64url. */
function digestsIn(tokens: readonly string[]): ReadonlySet<string> {
  const digests = new Set<string>()
  for (const token of tokens) {
    if (token.length < 22) continue
    for (const hex of token.match(HEX_DIGEST) ?? []) digests.add(hex.toLowerCase())
    const bare = token.replace(/=+$/, '')
    for (const length of BASE64_DIGEST_LENGTHS) if (bare.length >= length) digests.add(toBase64Url(bare.slice(-length)))
  }
  return digests
}

/** Mostly text: a run of seven printable characters is what a hidden value would be. */
function isPrintable(text: string): boolean {
  return /[\x20-\x7e]{7}/.test(text)
}

function findIp(text: string, lower: string, v6Addresses: () => ReadonlySet<string>): Form | undefined {
  if (isIPv6(text)) return v6Addresses().has(canonicalV6(text.toLowerCase())) ? 'plain' : undefined
  const at = lower.indexOf(text)
  if (at >= 0 && !/\d/.test(lower[at + text.length] ?? '') && !/[\d.]/.test(lower[at - 1] ?? '')) return 'plain'
  const integer = String(text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0))
  const place = lower.indexOf(integer)
  return place >= 0 && !/\d/.test(lower[place - 1] ?? '') && !/\d/.test(lower[place + integer.length] ?? '')
    ? 'number'
    : undefined
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
function findDigest(text: string, digests: ReadonlySet<string>): Form | undefined {
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
  for (const spelling of spellings) {
    for (const algorithm of ['md5', 'sha1', 'sha256']) {
      const digest = hash(algorithm, spelling, 'buffer')
      if (digests.has(digest.toString('hex')) || digests.has(digest.toString('base64url'))) return 'hash'
    }
  }
  return undefined
}

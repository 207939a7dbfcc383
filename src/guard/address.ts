/** IP addresses in all common spellings. */
import { isIPv4, isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'

/** An address to search for, prepared once. */
export interface AddressNeedle {
  /** Eight hex digits, if it is or contains a v4 address. */
  readonly v4?: string
  /** 32 hex digits, if it is a v6 address. */
  readonly v6?: string
  /** False only if no spelling of the v4 address is in the text; `squeezed` to letters and digits. */
  mayBeIn(squeezed: string): boolean
}

/** The v6 addresses of a text. */
export interface V6Addresses {
  /** Each as 32 hex digits. */
  readonly whole: ReadonlySet<string>
  /** Networks of 64 bits, as 16 hex digits: an address's first half identifies the household (RFC 6177). */
  readonly networks: ReadonlySet<string>
  /** v4 addresses inside, as eight hex digits. */
  readonly v4: ReadonlySet<string>
}

/** Like `net.isIP`, but tests only the version that the text could be: the pattern for v6 is expensive. */
export function isAddress(text: string): boolean {
  return text.includes(':') ? isIPv6(text) : isIPv4(text)
}

/** 1.0.0.0 as a number: smaller numbers are too common, and no user has such an address. */
const MIN_INTEGER = 0x1000000
/** Each octet with leading zeros, in octal and in hexadecimal: tables, because every event has addresses. */
const PADDED = Array.from({ length: 256 }, (_, octet) => String(octet).padStart(3, '0'))
const OCTAL = Array.from({ length: 256 }, (_, octet) => (octet === 0 ? '0' : `0${octet.toString(8)}`))
const HEX = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, '0'))
/** Eight groups of four, or six and a v4 address in decimal. */
const MAX_V6 = 45
const NO_ADDRESSES: V6Addresses = { whole: new Set(), networks: new Set(), v4: new Set() }

/** @param text an address that `net.isIP` accepts */
export function addressNeedle(text: string): AddressNeedle {
  if (!text.includes(':')) return v4Needle(text.split('.').map(Number))
  const v6 = hexOfV6(text.toLowerCase())
  const inside = v4InV6(v6)
  return inside === undefined
    ? { v6, mayBeIn: (squeezed) => squeezed.includes(v6) }
    : { ...v4Needle(octetsOf(inside)), v6 }
}

function v4Needle(octets: readonly number[]): AddressNeedle {
  const [a = 0, b = 0, c = 0, d = 0] = octets
  const [whole, packed] = [wholeOf(octets), hexOfV4(octets)]
  const spellings = [`${a}${b}${c}${d}`, `${d}${c}${b}${a}`, `${PADDED[a]}${PADDED[b]}${PADDED[c]}${PADDED[d]}`]
  spellings.push(`${OCTAL[a]}${OCTAL[b]}${OCTAL[c]}${OCTAL[d]}`)
  if (whole >= MIN_INTEGER) spellings.push(String(whole), packed)
  const [short, long] = [`0x${a.toString(16)}0x`, `0x${HEX[a]}0x`]
  return {
    v4: packed,
    mayBeIn: (squeezed) =>
      spellings.some((spelling) => squeezed.includes(spelling)) ||
      // Hexadecimal octets; other spellings follow from these, with or without zeros.
      (squeezed.includes('0x') && (squeezed.includes(short) || squeezed.includes(long))),
  }
}

function wholeOf([a = 0, b = 0, c = 0, d = 0]: readonly number[]): number {
  return ((a * 256 + b) * 256 + c) * 256 + d
}

function hexOfV4(octets: readonly number[]): string {
  return octets.map((octet) => HEX[octet]).join('')
}

const NUMBER = /0x[0-9a-f]+|[0-9]+/g
/** Maximum number of separators between two octets. */
const MAX_BETWEEN = 3
/** An octet in hexadecimal, with leading zeros as they occur. */
const MAX_OCTET_TEXT = 12

/**
 * Every v4 address in a lower-case text, as eight hex digits: forwards or backwards, in decimal, octal or hexadecimal,
 * or as one number.
 */
export function v4AddressesIn(lower: string): ReadonlySet<string> {
  const found = new Set<string>()
  let run: { readonly at: number; readonly end: number; readonly octets: readonly number[] }[] = []
  for (const { 0: text, index: at } of lower.matchAll(NUMBER)) {
    const end = at + text.length
    if (text.length >= 8 && text.length <= 10 && !text.startsWith('0x')) addNumber(Number(text), lower, at, end, found)
    const last = run.at(-1)
    if (last !== undefined && !isBetween(lower, last.end, at)) run = []
    run.push({ at, end, octets: octetsIn(text) })
    if (run.length > 4) run.shift()
    if (run.length < 4 || !isWhole(lower, run[0]!.at, end)) continue
    for (const read of readings(run.map(({ octets }) => octets)))
      found.add(hexOfV4(read)).add(hexOfV4(read.toReversed()))
  }
  for (const { 1: packed } of lower.matchAll(PACKED))
    if (Number.parseInt(packed!, 16) >= MIN_INTEGER) found.add(packed!)
  return found
}

const PACKED = /(?<![0-9a-wyz])(?:0x)?([0-9a-f]{8})(?![0-9a-z])/g

function addNumber(whole: number, text: string, at: number, end: number, found: Set<string>): void {
  if (whole < MIN_INTEGER || whole > 0xffffffff || isWordAt(text, at - 1) || isWordAt(text, end)) return
  found.add(whole.toString(16).padStart(8, '0'))
}

/** The values of an octet's text: a leading zero means octal to some programs only. */
function octetsIn(text: string): readonly number[] {
  if (text.length > MAX_OCTET_TEXT) return []
  const read = text.startsWith('0x') ? [Number.parseInt(text.slice(2), 16)] : [Number(text)]
  if (text[0] === '0' && text.length > 1 && /^[0-7]+$/.test(text)) read.push(Number.parseInt(text, 8))
  return read.filter((octet, index) => octet <= 255 && read.indexOf(octet) === index)
}

/** Every reading of four octets: at most sixteen. */
function readings(octets: readonly (readonly number[])[]): readonly (readonly number[])[] {
  return octets.reduce<readonly (readonly number[])[]>(
    (known, choices) => known.flatMap((read) => choices.map((octet) => [...read, octet])),
    [[]],
  )
}

function isBetween(text: string, from: number, to: number): boolean {
  if (to - from < 1 || to - from > MAX_BETWEEN) return false
  for (let at = from; at < to; at++) if (isWordAt(text, at)) return false
  return true
}

/** False if the octets are part of something longer, such as a version of five parts. */
function isWhole(text: string, start: number, end: number): boolean {
  return !(text[start - 1] === '.' && isDigitAt(text, start - 2)) && !(text[end] === '.' && isDigitAt(text, end + 1))
}

function isWordAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at) | 0x20
  return (code >= 0x61 && code <= 0x7a) || isDigitAt(text, at)
}

function isDigitAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code >= 0x30 && code <= 0x39
}

/** Maximum digits of a network's prefix length. */
const MAX_BITS_DIGITS = 3
/** Every v6 address contains this. */
const TWO_COLONS = /:[0-9a-f]{0,4}:/
/** From this length on a network is a household's or smaller (RFC 6177). */
const MIN_HOUSEHOLD = 56

/**
 * Every v6 address in a lower-case text. Not by a pattern: examines the surroundings of two colons, each character
 * once.
 */
export function v6AddressesIn(lower: string): V6Addresses {
  if (!TWO_COLONS.test(lower)) return NO_ADDRESSES
  let found: FoundV6 | undefined
  let end = 0
  for (let colon = lower.indexOf(':'); colon >= 0; colon = lower.indexOf(':', end)) {
    // A run may include the end of a host: before an address's first colon there is no point.
    let start = colon
    while (start > end && lower.charCodeAt(start - 1) !== DOT && isOfV6(lower, start - 1)) start--
    let colons = 0
    for (end = colon; isOfV6(lower, end); end++) if (lower.charCodeAt(end) === COLON) colons++
    if (colons < 2) continue
    const bits = lower.charCodeAt(end) === SLASH ? lower.slice(end + 1, digitsEnd(lower, end + 1)) : ''
    found = withV6(lower.slice(start, end), bits, found)
    // After a slash, digits may be the prefix length of the network before it.
    if (start > 0 && lower.charCodeAt(start - 1) === SLASH && isOfV6(lower, start - 2))
      found = withV6(lower.slice(digitsEnd(lower, start), end), bits, found)
  }
  return found ?? NO_ADDRESSES
}

const COLON = 0x3a
const SLASH = 0x2f
const DOT = 0x2e

function isOfV6(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return (code >= 0x30 && code <= COLON) || (code >= 0x61 && code <= 0x66) || code === DOT
}

function digitsEnd(text: string, from: number): number {
  let end = from
  while (end - from < MAX_BITS_DIGITS && isDigitAt(text, end)) end++
  return end
}

interface FoundV6 {
  readonly whole: Set<string>
  readonly networks: Set<string>
  readonly v4: Set<string>
}

/** Every time of day has two colons: most texts that contain them hold no address. */
function withV6(text: string, bits: string, before: FoundV6 | undefined): FoundV6 | undefined {
  if (text.length > MAX_V6 + 2) return before
  const hex = hexOfV6(text)
  if (hex === '') return before
  const found = before ?? { whole: new Set(), networks: new Set(), v4: new Set() }
  found.whole.add(hex)
  found.networks.add(hex.slice(0, 16))
  if (bits !== '' && Number(bits) >= MIN_HOUSEHOLD && Number(bits) < 64) found.networks.add(hex.slice(0, 14))
  const inside = v4InV6(hex)
  if (inside !== undefined) found.v4.add(inside)
  return found
}

/** True if the address or its household's network is among those; `own` networks may be present. */
export function holdsV6(v6: string, { whole, networks }: V6Addresses, own: ReadonlySet<string>): boolean {
  if (whole.has(v6)) return true
  const [network, household] = [v6.slice(0, 16), v6.slice(0, 14)]
  // A network with only zero bits is not a household's: `::1`, `fe80::1`.
  if (network.startsWith('fe80') || /^0+$/.test(network) || own.has(network)) return false
  return networks.has(network) || networks.has(household)
}

/** Networks of 64 bits of the v6 addresses among these texts. */
export function networksOf(...texts: readonly (string | undefined)[]): ReadonlySet<string> {
  const v6 = texts.filter((text) => text?.includes(':') === true && text.length <= MAX_V6)
  return v6.length === 0 ? NO_NETWORKS : new Set(v6.map((text) => hexOfV6(text!.toLowerCase()).slice(0, 16)))
}

const NO_NETWORKS: ReadonlySet<string> = new Set()

/** 32 hex digits of a v6 address; '' for any other text. */
function hexOfV6(text: string): string {
  let bare = text
  if (bare.startsWith(':') && !bare.startsWith('::')) bare = bare.slice(1)
  if (bare.endsWith(':') && !bare.endsWith('::')) bare = bare.slice(0, -1)
  bare = bare.split('%', 1)[0]!
  if (!isIPv6(bare)) return ''
  return ipaddr.IPv6.parse(bare)
    .toByteArray()
    .map((byte) => HEX[byte])
    .join('')
}

/**
 * Eight hex digits of the v4 address inside: mapped and compatible (RFC 4291 2.5.5), translated (RFC 2765), NAT64 (RFC
 * 6052, RFC 8215), 6to4 (RFC 3056), Teredo (RFC 4380 4), ISATAP (RFC 5214 6.1).
 */
function v4InV6(hex: string): string | undefined {
  const end = hex.slice(24)
  if (hex.startsWith('2002')) return hex.slice(4, 12)
  if (hex.startsWith('20010000')) return (0xffffffff - Number.parseInt(end, 16)).toString(16).padStart(8, '0')
  if (ENDS_IN_V4.some((prefix) => hex.startsWith(prefix)) || /^0[02]005efe$/.test(hex.slice(16, 24))) return end
  return hex.startsWith('0'.repeat(24)) && Number.parseInt(end, 16) >= MIN_INTEGER ? end : undefined
}

const ENDS_IN_V4 = ['00000000000000000000ffff', '0000000000000000ffff0000', '0064ff9b0000000000000000', '0064ff9b0001']

function octetsOf(hex: string): readonly number[] {
  return [0, 2, 4, 6].map((at) => Number.parseInt(hex.slice(at, at + 2), 16))
}

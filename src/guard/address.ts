/** An IP address in the ways in which people and programs write one. */
import { isIPv4, isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'

/** An address to look for, prepared once. */
export interface AddressNeedle {
  /** False only where no spelling of the address is in the text; `squeezed` to letters and digits. */
  mayBeIn(squeezed: string): boolean
  /** What then has to match the text, in small letters, for it to be the address; made when first needed. */
  spelled(): RegExp
}

/** As `net.isIP`, but asks only for the kind that the text could be: the pattern for v6 is dear. */
export function isAddress(text: string): boolean {
  return text.includes(':') ? isIPv6(text) : isIPv4(text)
}

/** 1.0.0.0 as a number: smaller ones are in anything, and belong to no one. */
const MIN_INTEGER = 0x1000000
const BETWEEN = '[^0-9a-z]{1,3}'
/** Each octet as it is written with leading zeros, in octal and in hexadecimal: tables, because every event has addresses. */
const PADDED = Array.from({ length: 256 }, (_, octet) => String(octet).padStart(3, '0'))
const OCTAL = Array.from({ length: 256 }, (_, octet) => (octet === 0 ? '0' : `0${octet.toString(8)}`))
const HEX = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, '0'))

/** @param text an address that `net.isIP` takes */
export function addressNeedle(text: string): AddressNeedle {
  return text.includes(':') ? v6Needle(text) : v4Needle(text)
}

function v4Needle(text: string): AddressNeedle {
  const [a = 0, b = 0, c = 0, d = 0] = text.split('.').map(Number)
  const whole = ((a * 256 + b) * 256 + c) * 256 + d
  const packed = `${HEX[a]}${HEX[b]}${HEX[c]}${HEX[d]}`
  const integer = whole >= MIN_INTEGER ? [String(whole), packed] : []
  return {
    mayBeIn: (squeezed) =>
      squeezed.includes(`${a}${b}${c}${d}`) ||
      squeezed.includes(`${d}${c}${b}${a}`) ||
      squeezed.includes(`${PADDED[a]}${PADDED[b]}${PADDED[c]}${PADDED[d]}`) ||
      squeezed.includes(`${OCTAL[a]}${OCTAL[b]}${OCTAL[c]}${OCTAL[d]}`) ||
      // Hexadecimal octet by octet: the rest follows, with or without zeros.
      (squeezed.includes('0x') && (squeezed.includes(`0x${a.toString(16)}0x`) || squeezed.includes(`0x${HEX[a]}0x`))) ||
      integer.some((number) => squeezed.includes(number)),
    spelled: lazily(() => {
      const octet = (value: number): string => `(?:0*${value}|0+${value.toString(8)}|0x0*${value.toString(16)})`
      const octets = [a, b, c, d].map(octet)
      const numbers = integer.map((number) => `|(?<![0-9a-z])(?:0x)?${number}(?![0-9a-z])`).join('')
      return new RegExp(
        `(?<!\\d|\\d[.])(?:${octets.join(BETWEEN)}|${octets.toReversed().join(BETWEEN)})(?!\\d|[.]\\d)${numbers}`,
      )
    }),
  }
}

function v6Needle(text: string): AddressNeedle {
  const bytes = ipaddr.IPv6.parse(text.split('%', 1)[0]!).toByteArray()
  const packed = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return {
    mayBeIn: (squeezed) => squeezed.includes(packed),
    spelled: lazily(() => new RegExp(packed.match(/..../g)!.join('[^0-9a-z]{0,3}'))),
  }
}

function lazily(make: () => RegExp): () => RegExp {
  let made: RegExp | undefined
  return () => {
    made ??= make()
    return made
  }
}

const V6_TOKEN = /[0-9a-f]*:[0-9a-f:.]+/g

/** Every v6 address in a text in small letters, in one spelling. */
export function v6AddressesIn(text: string): ReadonlySet<string> {
  return new Set((text.match(V6_TOKEN) ?? []).map(canonicalV6))
}

/** One spelling of a v6 address; '' for what is none. */
export function canonicalV6(text: string): string {
  const bare = text.replace(/^:(?!:)|(?<!:):$/g, '').split('%', 1)[0]!
  return isIPv6(bare) ? ipaddr.IPv6.parse(bare).toNormalizedString() : ''
}

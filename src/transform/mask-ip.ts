/**
 * Keeps an address's leading bits. For an IPv6 address that embeds an IPv4 address, the limit for IPv4 applies as well: no more
 * than `v4Bits` of the inner address remain, in any notation.
 */
import { isIPv4, isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'

const DOT = 0x2e
const ZERO = 0x30

/**
 * @param text an address; anything that `net.isIP` rejects (`0x7f.1`, `010.0.0.1`, `1.2.3`) gives undefined
 * @param v4Bits 0–32
 * @param v6Bits 0–128
 * @returns the network's first address in canonical text (RFC 5952 for v6), or undefined if no bit may remain
 */
export function maskIp(text: string, v4Bits: number, v6Bits: number): string | undefined {
  if (isIPv4(text)) return maskV4(text, v4Bits)
  if (!isIPv6(text)) return undefined
  const bytes = ipaddr.IPv6.parse(text.split('%', 1)[0]!).toByteArray()
  const prefix = ABOUT_V4.find(({ is }) => is(bytes))
  const isWhole = v4Bits === 32 && v6Bits === 128
  if (prefix?.holds === 'mapped' || (prefix?.holds === 'only_v4' && !isWhole)) {
    return maskV4(bytes.slice(12).join('.'), v4Bits)
  }
  if (v6Bits === 0 || (prefix?.holds === 'somewhere' && !isWhole)) return undefined
  const bits = prefix?.at === undefined || v4Bits === 32 ? v6Bits : Math.min(v6Bits, prefix.at + v4Bits)
  return new ipaddr.IPv6(keepBits(bytes, bits)).toRFC5952String()
}

/**
 * IPv6 addresses that embed an IPv4 address. `mapped` ones are another notation of it, and `only_v4` ones hold nothing else, both
 * in their last 32 bits; `part` has it at bit `at` of an address of its own; `somewhere` in one of several layouts. Operators'
 * own NAT64 and 6rd prefixes cannot be recognised.
 */
interface AboutV4 {
  readonly is: (bytes: readonly number[]) => boolean
  readonly holds: 'mapped' | 'only_v4' | 'part' | 'somewhere'
  readonly at?: number
}
const ABOUT_V4: readonly AboutV4[] = [
  // ::ffff:0:0/96, RFC 4291 section 2.5.5.2.
  { is: startsWith('00000000000000000000ffff'), holds: 'mapped' },
  // ::/96, IPv4-compatible, RFC 4291 section 2.5.5.1; `::` and `::1` are not.
  { is: (bytes) => startsWith('000000000000000000000000')(bytes) && !isUnspecified(bytes), holds: 'mapped' },
  // ::ffff:0:0:0/96, IPv4-translated, RFC 2765 section 2.1.
  { is: startsWith('0000000000000000ffff0000'), holds: 'only_v4' },
  // 64:ff9b::/96, NAT64, RFC 6052 section 2.1.
  { is: startsWith('0064ff9b0000000000000000'), holds: 'only_v4' },
  // 64:ff9b:1::/48, NAT64 for local use, RFC 8215: any of the layouts of RFC 6052 section 2.2.
  { is: startsWith('0064ff9b0001'), holds: 'somewhere' },
  // 2002::/16, 6to4, RFC 3056 section 2.
  { is: startsWith('2002'), holds: 'part', at: 16 },
  // 2001::/32, Teredo, RFC 4380 section 4: the client's address, inverted, at the end.
  { is: startsWith('20010000'), holds: 'part', at: 96 },
  // ISATAP, RFC 5214 section 6.1: an interface identifier on any network.
  {
    is: ({ 8: a, 9: b, 10: c, 11: d }) => (a === 0 || a === 2) && b === 0 && c === 0x5e && d === 0xfe,
    holds: 'part',
    at: 96,
  },
]

function isUnspecified(bytes: readonly number[]): boolean {
  return bytes.every((byte, index) => byte === 0 || (index === 15 && byte === 1))
}

function startsWith(hex: string): (bytes: readonly number[]) => boolean {
  const start = Buffer.from(hex, 'hex')
  return (bytes) => start.every((byte, index) => bytes[index] === byte)
}

function maskV4(text: string, bits: number): string | undefined {
  if (bits === 0) return undefined
  if (bits === 32) return text
  const kept = numberOf(text) & (-1 << (32 - bits))
  return `${kept >>> 24}.${(kept >>> 16) & 255}.${(kept >>> 8) & 255}.${kept & 255}`
}

/** A checked address as 32 bits. */
function numberOf(v4: string): number {
  let bits = 0
  let part = 0
  for (let index = 0; index < v4.length; index++) {
    const code = v4.charCodeAt(index)
    if (code === DOT) {
      bits = (bits << 8) | part
      part = 0
    } else part = part * 10 + (code - ZERO)
  }
  return (bits << 8) | part
}

function keepBits(bytes: readonly number[], bits: number): number[] {
  return bytes.map((byte, index) => {
    const kept = Math.min(8, Math.max(0, bits - index * 8))
    return byte & (0xff << (8 - kept)) & 0xff
  })
}

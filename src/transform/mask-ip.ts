/** Keeps an address's leading bits. IPv4-mapped IPv6 is unmapped first, then treated as IPv4. */
import { isIPv4, isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'

const DOT = 0x2e
const ZERO = 0x30

/**
 * @param text an address; anything `net.isIP` refuses (`0x7f.1`, `010.0.0.1`, `1.2.3`) gives undefined
 * @param v4Bits 0–32
 * @param v6Bits 0–128
 * @returns the network's first address in canonical text (RFC 5952 for v6), or undefined where no bit may stay
 */
export function maskIp(text: string, v4Bits: number, v6Bits: number): string | undefined {
  if (isIPv4(text)) return maskV4(text, v4Bits)
  if (!isIPv6(text)) return undefined
  const address = ipaddr.IPv6.parse(text.split('%', 1)[0]!)
  if (address.isIPv4MappedAddress()) return maskV4(address.toIPv4Address().toString(), v4Bits)
  if (v6Bits === 0) return undefined
  const bytes = address.toByteArray()
  return new ipaddr.IPv6(keepBits(bytes, v6Bits)).toRFC5952String()
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

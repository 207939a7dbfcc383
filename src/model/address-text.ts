/** IP addresses as proxies and apps write them. */
import { isIP } from 'node:net'

/**
 * The address without the port, brackets and quotation marks that RFC 7239 §6 and real gateways add
 * (`203.0.113.7:51234`, `"[2001:db8::7]:4711"`; rack/rack#1227). Undefined for anything else: `unknown`, an obfuscated name, a host.
 */
export function bareAddress(text: string): string | undefined {
  let address = text.trim()
  if (address.length > MAX_LENGTH) return undefined
  if (address.startsWith('"') && address.endsWith('"')) address = address.slice(1, -1).trim()
  if (address.startsWith('[')) {
    const end = address.indexOf(']')
    if (end < 0 || !PORT_OR_NOTHING.test(address.slice(end + 1))) return undefined
    address = address.slice(1, end)
    return isIP(address) === 6 ? address : undefined
  }
  if (isIP(address) !== 0) return address
  const colon = address.indexOf(':')
  const host = address.slice(0, Math.max(0, colon))
  return PORT_OR_NOTHING.test(address.slice(colon)) && isIP(host) === 4 ? host : undefined
}

/** An IPv6 address with its zone, brackets, quotation marks and a port. */
const MAX_LENGTH = 100
/** RFC 7239 §6 allows an obfuscated port. */
const PORT_OR_NOTHING = /^(?::(?:\d{1,5}|_[\w.-]{1,40}))?$/

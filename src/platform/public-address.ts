/** Which addresses a partner could be at: asked of every connection, and of what a contract names before it is published. */
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/**
 * True for an address that is anyone's to reach: no private, shared, link-local, loopback, multicast, documentation or
 * reserved one, no address of a cloud's metadata, and none that carries another inside (mapped, NAT64, 6to4, Teredo).
 */
export function isPublic(address: string): boolean {
  if (isIP(address) === 0 || address.includes('%')) return false
  const parsed = ipaddr.parse(address)
  if (parsed.range() !== 'unicast') return false
  // Global unicast is 2000::/3; what is outside of it is assigned to nobody, or carries an IPv4 address.
  return parsed.kind() === 'ipv4' || (parsed.toByteArray()[0]! & 0xe0) === 0x20
}

/** Names that lead nowhere outside of a network: RFC 6761, 6762 and 8375, ICANN's .internal; and names without a dot. */
const INSIDE = /(^|\.)(localhost|localdomain|local|internal|intranet|lan|home\.arpa|onion)$/

/**
 * True for a host, as a URL's parser makes it, that `isPublic` refuses or that plainly leads there. Other names are resolved
 * when a connection is made, and each of their addresses is asked.
 */
export function isInsideHost(hostname: string): boolean {
  const host = hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase()
  if (isIP(host) !== 0) return !isPublic(host)
  return INSIDE.test(host) || !host.includes('.')
}

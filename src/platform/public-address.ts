/** Decides which addresses may be a partner's: checked on every connection, and before a contract is published. */
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/**
 * True for a globally reachable address: not private, shared, link-local, loopback, multicast, documentation or reserved, not a
 * cloud metadata address, and not one that embeds another (mapped, NAT64, 6to4, Teredo).
 */
export function isPublic(address: string): boolean {
  if (isIP(address) === 0 || address.includes('%')) return false
  const parsed = ipaddr.parse(address)
  if (parsed.range() !== 'unicast') return false
  // Global unicast is 2000::/3; addresses outside it are unassigned or embed an IPv4 address.
  return parsed.kind() === 'ipv4' || (parsed.toByteArray()[0]! & 0xe0) === 0x20
}

/** Names that resolve only within a network: RFC 6761, 6762 and 8375, ICANN's .internal; also names without a dot. */
const INSIDE = /(^|\.)(localhost|localdomain|local|internal|intranet|lan|home\.arpa|onion)$/

/**
 * True for a host, as returned by the URL parser, that is a non-public address or an internal name. Other names are resolved
 * on connection, and each of their addresses is checked.
 */
export function isInsideHost(hostname: string): boolean {
  const host = hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase()
  if (isIP(host) !== 0) return !isPublic(host)
  return INSIDE.test(host) || !host.includes('.')
}

/** Groups addresses for limits by peer. */
import { isIPv4, isIPv6 } from 'node:net'

const MAPPED = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i
/** Leading groups of an IPv6 address that identify a network: a household or phone has a /64 (RFC 6177, RFC 7278). */
const NETWORK_GROUPS = 4
const GROUPS = 8

/** An IPv4 address itself, or an IPv6 address's /64; anything else shares the group `''`. */
export function addressGroup(address: string | undefined): string {
  if (address === undefined) return ''
  const plain = MAPPED.exec(address)?.[1] ?? address
  if (isIPv4(plain)) return plain
  if (!isIPv6(plain)) return ''
  const [head = '', tail] = plain.split('%', 1)[0]!.split('::', 2)
  const front = head === '' ? [] : head.split(':')
  const back = tail === undefined || tail === '' ? [] : tail.split(':')
  // A dotted-decimal end replaces two groups.
  const written = front.length + back.length + (plain.includes('.') ? 1 : 0)
  const zeros = tail === undefined ? [] : Array.from({ length: GROUPS - written }, () => '0')
  const groups = [...front, ...zeros, ...back].slice(0, NETWORK_GROUPS)
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`
}

/** Whom an address stands for where shares are counted. */
import { isIPv4, isIPv6 } from 'node:net'

const MAPPED = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i
/** The groups of an IPv6 address that name a network: a household or a phone has a /64 of addresses (RFC 6177, RFC 7278). */
const NETWORK_GROUPS = 4
const GROUPS = 8

/** An IPv4 address itself, an IPv6 address's /64; a text that is neither is one group with all others of its kind. */
export function addressGroup(address: string | undefined): string {
  if (address === undefined) return ''
  const plain = MAPPED.exec(address)?.[1] ?? address
  if (isIPv4(plain)) return plain
  if (!isIPv6(plain)) return ''
  const [head = '', tail] = plain.split('%', 1)[0]!.split('::', 2)
  const front = head === '' ? [] : head.split(':')
  const back = tail === undefined || tail === '' ? [] : tail.split(':')
  // A dotted end takes the place of two groups.
  const written = front.length + back.length + (plain.includes('.') ? 1 : 0)
  const zeros = tail === undefined ? [] : Array.from({ length: GROUPS - written }, () => '0')
  const groups = [...front, ...zeros, ...back].slice(0, NETWORK_GROUPS)
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`
}

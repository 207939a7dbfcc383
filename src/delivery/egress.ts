/**
 * Restricts connections to public addresses. A name is resolved once for each connection, all its addresses are
 * checked, and the connection uses a checked one: no second resolution in between. Only a contract that itself names
 * this machine reaches it.
 */
import { lookup as systemLookup } from 'node:dns/promises'
import { isIP, type LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'
import { buildConnector } from 'undici'
import { isPublic } from '../platform/public-address.ts'

/** A name's addresses, all of them. */
export type Resolve = (hostname: string) => Promise<readonly string[]>

/** An address of the name, or the address in the URL, is not public. */
export class EgressRefused extends Error {
  readonly code = 'EGRESS_REFUSED'
  constructor(host: string) {
    super(`${host} is, or resolves to, an address that is not public`)
    this.name = 'EgressRefused'
  }
}

const LOOPBACK_HOST = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/

export const resolveBySystem: Resolve = async (hostname) =>
  (await systemLookup(hostname, { all: true })).map(({ address }) => address)

/** @param origin the contract's own: if it names this machine, only this machine is reached */
export function createConnector(origin: string, timeoutMs: number, resolve: Resolve): buildConnector.connector {
  const { hostname } = new URL(origin)
  const isAllowed = LOOPBACK_HOST.test(hostname) ? isLoopback : isPublic
  const lookup: LookupFunction = (name, options, callback) => {
    resolve(name).then(
      (addresses) => {
        if (addresses.length === 0 || !addresses.every(isAllowed)) callback(new EgressRefused(name), '')
        else if (options.all === true)
          callback(
            null,
            addresses.map((address) => ({ address, family: isIP(address) })),
          )
        else callback(null, addresses[0]!, isIP(addresses[0]!))
      },
      (error: NodeJS.ErrnoException) => callback(error, ''),
    )
  }
  const connect = buildConnector({
    timeout: timeoutMs,
    lookup,
    minVersion: 'TLSv1.2',
    // Explicit, so that no environment variable can override it.
    rejectUnauthorized: true,
  })
  return (options, callback) => {
    const host = options.hostname.replace(/^\[|\]$/g, '')
    // An address in the URL itself is never resolved.
    if (isIP(host) !== 0 && !isAllowed(host)) callback(new EgressRefused(host), null)
    else connect(options, callback)
  }
}

function isLoopback(address: string): boolean {
  return isIP(address) !== 0 && !address.includes('%') && ipaddr.parse(address).range() === 'loopback'
}

/** Who asks: the one address that every door counts, limits and places a request by. */
import { bareAddress } from './address-text.ts'

/** What of a request says so. */
interface Asking {
  readonly headers: { readonly forwarded?: string | undefined; readonly [name: string]: string | string[] | undefined }
  readonly socket: { readonly remoteAddress?: string | undefined }
}

/** Express's own, compiled from the trusted networks: whether an address, so many hops away, is believed. */
export type Trust = (address: string, hop: number) => boolean

/**
 * The nearest address that is not a trusted proxy's, by `X-Forwarded-For` or, without one, RFC 7239's `Forwarded`; undefined where
 * the proxy does not say (`unknown`, a hidden name). A port, brackets or quotation marks around an address are none of it.
 */
export function clientAddress(request: Asking, trust: Trust): string | undefined {
  let address = request.socket.remoteAddress
  const hops = hopsOf(request)
  for (let hop = 0; hop < hops.length && address !== undefined && trust(address, hop); hop++)
    address = bareAddress(hops[hop]!)
  return address
}

/** What each proxy says of who asked it, the nearest first. */
function hopsOf({ headers }: Asking): readonly string[] {
  const list = headers['x-forwarded-for']
  if (list !== undefined) return String(list).split(',').reverse()
  const { forwarded } = headers
  return forwarded === undefined ? [] : forwarded.split(',').map(forOf).reverse()
}

/** The `for` of one element of `Forwarded`; its name in any case (RFC 7239 §4). */
function forOf(element: string): string {
  for (const pair of element.split(';')) {
    const [name = '', value = ''] = pair.split('=', 2)
    if (name.trim().toLowerCase() === 'for') return value
  }
  return ''
}

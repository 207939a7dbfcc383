/** The client address, by which every listener counts, limits and locates a request. */
import { bareAddress } from './address-text.ts'

interface AddressedRequest {
  readonly headers: { readonly forwarded?: string | undefined; readonly [name: string]: string | string[] | undefined }
  readonly socket: { readonly remoteAddress?: string | undefined }
}

/** Express's compiled `trust proxy` setting: whether to trust the address this many hops away. */
export type Trust = (address: string, hop: number) => boolean

/**
 * The nearest address that is not a trusted proxy's, from `X-Forwarded-For` or else RFC 7239's `Forwarded`. Undefined if the
 * proxy hides it (`unknown`, an obfuscated name). Ports, brackets and quotation marks are stripped.
 */
export function clientAddress(request: AddressedRequest, trust: Trust): string | undefined {
  let address = request.socket.remoteAddress
  const hops = hopsOf(request)
  for (let hop = 0; hop < hops.length && address !== undefined && trust(address, hop); hop++)
    address = bareAddress(hops[hop]!)
  return address
}

/** The address each proxy reports, the nearest first. */
function hopsOf({ headers }: AddressedRequest): readonly string[] {
  const list = headers['x-forwarded-for']
  if (list !== undefined) return String(list).split(',').reverse()
  const { forwarded } = headers
  return forwarded === undefined ? [] : forwarded.split(',').map(forOf).reverse()
}

/** The `for` parameter of one `Forwarded` element, in any case (RFC 7239 §4). */
function forOf(element: string): string {
  for (const pair of element.split(';')) {
    const [name = '', value = ''] = pair.split('=', 2)
    if (name.trim().toLowerCase() === 'for') return value
  }
  return ''
}

/** Who asks, and what its headers say several times over: for requests that Express does not see. */
import type { IncomingMessage } from 'node:http'

/** Express's own, compiled from the trusted networks: whether an address, so many hops away, is believed. */
export type Trust = (address: string, hop: number) => boolean

/** The nearest address that is not a trusted proxy's. */
export function clientAddress(request: IncomingMessage, trust: Trust): string | undefined {
  let address = request.socket.remoteAddress
  const header = request.headers['x-forwarded-for']
  if (header === undefined || address === undefined) return address
  const forwarded = String(header).split(',').reverse()
  for (let hop = 0; hop < forwarded.length && trust(address, hop); hop++) address = forwarded[hop]!.trim()
  return address
}

/** Every value of a header that may come several times. */
export function headerValues({ rawHeaders }: IncomingMessage, name: string): string[] {
  const values: string[] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]!.toLowerCase() === name) values.push(rawHeaders[index + 1]!.trim())
  }
  return values
}

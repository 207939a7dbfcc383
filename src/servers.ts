/** Servers that listen, and are closed without waiting for ever for whoever is still connected. */
import type { Server } from 'node:http'
import { Server as TlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Listen } from './contracts/config.ts'

/** How long a stop waits for requests under way before their sockets are closed. */
const STOP_GRACE_MS = 10_000

/** Resolves to the address others reach it at. */
export async function listen(server: Server, { host, port }: Listen): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  // Sound: a TCP server that listens has an address of this form.
  const { port: bound } = server.address() as AddressInfo
  const shown = host === '0.0.0.0' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host
  return `${server instanceof TlsServer ? 'https' : 'http'}://${shown}:${bound}`
}

export async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  const timer = setTimeout(() => server.closeAllConnections(), STOP_GRACE_MS)
  await closed
  clearTimeout(timer)
}

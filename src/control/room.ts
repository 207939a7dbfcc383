/**
 * Bounds connections of the control plane. At the bound, the oldest unauthenticated connection is closed, so that strangers
 * cannot keep a stop switch from getting through.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

interface Held {
  readonly socket: Socket
  /** An ops API call on it succeeded, which needs a valid token. */
  wasProven: boolean
  /** The latest ops API call on it. */
  latest: ServerResponse | undefined
}

/** At most `max` connections at once. Plain and TLS servers alike. */
export function keepRoom(server: Server, max: number): void {
  // In order of arrival, keyed by peer address and port, which a TLS socket shares with the socket under it.
  const held = new Map<string, Held>()
  server.on('connection', (socket: Socket) => {
    const name = nameOf(socket)
    if (held.size >= max && !makeRoom(held)) {
      socket.destroy()
      return
    }
    held.set(name, { socket, wasProven: false, latest: undefined })
    socket.once('close', () => {
      if (held.get(name)?.socket === socket) held.delete(name)
    })
  })
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const own = held.get(nameOf(request.socket))
    if (own === undefined || request.url?.startsWith('/api/v1/') !== true) return
    own.wasProven = isProven(own)
    own.latest = response
  })
}

function isProven({ wasProven, latest }: Held): boolean {
  return wasProven || (latest?.headersSent === true && latest.statusCode < 400)
}

/** False if all connections are authenticated. */
function makeRoom(held: Map<string, Held>): boolean {
  for (const [name, one] of held) {
    if (isProven(one)) continue
    held.delete(name)
    one.socket.destroy()
    return true
  }
  return false
}

function nameOf({ remoteAddress = '', remotePort = 0 }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}

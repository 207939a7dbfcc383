/**
 * Room for whoever may call. Connections are bounded, and strangers can hold as many as they like: where there is none
 * left, the oldest one over which nobody has proved who they are is closed, so that a stop always finds a way in.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

interface Held {
  readonly socket: Socket
  /** A call of the ops API was answered with success: only a good token gets that far. */
  wasProven: boolean
  /** The latest call of the ops API over it. */
  latest: ServerResponse | undefined
}

/** At most `max` connections at once. Plain and TLS servers alike. */
export function keepRoom(server: Server, max: number): void {
  // In order of arrival. A TLS socket and the plain one under it share the peer's address and port.
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

/** False where everybody who is here may be. */
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

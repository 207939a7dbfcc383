/**
 * Bounds a server's connections in total and by peer address. At the bound a new connection evicts the one that has been idle
 * longest. A few more are admitted beyond the bound, for one short request each.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { addressGroup } from './address-group.ts'

export interface ConnectionLimits {
  /** In total. */
  readonly most: number
  /** From one address: an IPv4 address, or an IPv6 /64. */
  readonly byAddress: number
  /** True for a peer that serves many clients, such as a proxy: only the total applies to it. */
  readonly isExempt: (address: string) => boolean
  /** The complete response to a refused connection. */
  readonly refusal: string
}

export interface Connections {
  /** Number of open connections, including those beyond the bound. */
  open(): number
  /** True for a request on a connection beyond the bound: only routes with reserved capacity may serve it. */
  isBeyond(request: IncomingMessage): boolean
}

export interface ConnectionObserver {
  /** An idle connection was closed in favour of a new one. */
  evicted(): void
  refused(): void
}

/** One connection beyond the bound for every four within it. */
const BEYOND = 4
/** Refused connections that stay open to be read, so that a reset does not lose the response; and for how long. */
const MAX_LINGERING = 64
const LINGER_MS = 1_000

interface Peer {
  readonly group: string
  /** Requests in flight. */
  requests: number
  isBeyond: boolean
}

export function boundConnections(server: Server, limits: ConnectionLimits, observe: ConnectionObserver): Connections {
  const peers = new Map<Socket, Peer>()
  const byGroup = new Map<string, number>()
  /** Connections without a request in flight, longest idle first. */
  const idle = new Set<Socket>()
  let lingering = 0
  // The last resort if all other connections are busy.
  server.maxConnections = limits.most + Math.ceil(limits.most / BEYOND) + MAX_LINGERING

  const leave = (socket: Socket): void => {
    const peer = peers.get(socket)
    if (peer === undefined) return
    peers.delete(socket)
    idle.delete(socket)
    const left = (byGroup.get(peer.group) ?? 1) - 1
    if (left > 0) byGroup.set(peer.group, left)
    else byGroup.delete(peer.group)
  }
  /** Closes the longest idle connection, of a group or of all. False if all are busy. */
  const evict = (group: string | undefined): boolean => {
    for (const socket of idle) {
      if (group !== undefined && peers.get(socket)?.group !== group) continue
      leave(socket)
      socket.destroy()
      observe.evicted()
      return true
    }
    return false
  }
  const refuse = (socket: Socket): void => {
    observe.refused()
    if (lingering >= MAX_LINGERING) {
      socket.destroy()
      return
    }
    lingering += 1
    const timer = setTimeout(() => socket.destroy(), LINGER_MS)
    socket.once('close', () => {
      clearTimeout(timer)
      lingering -= 1
    })
    socket.on('error', () => socket.destroy())
    socket.resume()
    socket.end(limits.refusal)
  }
  // The HTTP server's own listener, which starts reading: called only for admitted connections.
  const [serve] = server.listeners('connection')
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress
    const isExempt = address === undefined || limits.isExempt(address)
    const group = isExempt ? 'exempt' : addressGroup(address)
    const own = byGroup.get(group) ?? 0
    const isCrowded = !isExempt && own >= limits.byAddress
    const hasRoom = isCrowded ? evict(group) : peers.size < limits.most || evict(undefined)
    const mayExceed =
      peers.size < limits.most + limits.most / BEYOND &&
      (isExempt || own < limits.byAddress + limits.byAddress / BEYOND)
    if (!hasRoom && !mayExceed) {
      refuse(socket)
      return
    }
    peers.set(socket, { group, requests: 0, isBeyond: !hasRoom })
    byGroup.set(group, (byGroup.get(group) ?? 0) + 1)
    idle.add(socket)
    socket.once('close', () => leave(socket))
    serve?.call(server, socket)
  })
  server.prependListener('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const peer = peers.get(socket)
    if (peer === undefined) return
    peer.requests += 1
    idle.delete(socket)
    response.once('close', () => {
      peer.requests -= 1
      if (peer.requests === 0 && peers.has(socket)) idle.add(socket)
    })
  })
  return {
    open: () => peers.size,
    isBeyond: ({ socket }) => peers.get(socket)?.isBeyond === true,
  }
}

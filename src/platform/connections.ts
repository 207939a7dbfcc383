/**
 * Connections of a server, bounded in all and by peer address. Whoever only holds a connection gives way to whoever comes: the one
 * that has been idle longest is closed first. Beyond the bound there is room for a few more, for one short request each.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { addressGroup } from './address-group.ts'

export interface ConnectionLimits {
  /** In all. */
  readonly most: number
  /** From one address: an IPv4 address, or an IPv6 /64. */
  readonly byAddress: number
  /** True for a peer that speaks for many: only the bound in all holds for it. */
  readonly isExempt: (address: string) => boolean
  /** The whole answer to a connection that there is no room for. */
  readonly refusal: string
}

export interface Connections {
  /** Open now, those beyond the bound included. */
  open(): number
  /** True for a request whose connection is beyond the bound: only what has room of its own may be served on it. */
  isBeyond(request: IncomingMessage): boolean
}

export interface ConnectionObserver {
  /** An idle connection was closed for another one. */
  evicted(): void
  refused(): void
}

/** For each four connections within the bound, one beyond it. */
const BEYOND = 4
/** Refused connections that are still read from, so that the answer is not lost to a reset; and for how long. */
const MAX_LINGERING = 64
const LINGER_MS = 1_000

interface Peer {
  readonly group: string
  /** Requests under way. */
  requests: number
  isBeyond: boolean
}

export function boundConnections(server: Server, limits: ConnectionLimits, observe: ConnectionObserver): Connections {
  const peers = new Map<Socket, Peer>()
  const byGroup = new Map<string, number>()
  /** Those without a request under way, the longest idle first. */
  const idle = new Set<Socket>()
  let lingering = 0
  // The last resort, should all of the rest be busy.
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
  /** Closes the longest idle one, of a group or of all. False where each has a request under way. */
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
  // The HTTP server's own listener, which begins to read: asked only for whom there is room.
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

/**
 * Evens out the connections of senders over the data threads. The system gives a connection to a thread by its hash, and a sender
 * may keep it for days. A thread that has clearly more than another asks some of its senders to open a new one.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Of a connection before it may be ended: opening one costs about as much as a request. */
const LEAST_REQUESTS = 16
/** A thread may have so many more than another: the part of a fair share, and at least one. */
const TOLERANCE = 0.15

export interface EvenShare {
  /** Requests since the thread began. */
  requests(): number
}

/** @param counts by thread, in shared memory: one more than its open connections, and 0 where it does not listen */
export function evenShare(server: Server, counts: Int32Array, place: number): EvenShare {
  const served = new WeakMap<Socket, number>()
  const counted = new WeakSet<Socket>()
  let requests = 0
  server.once('listening', () => Atomics.store(counts, place, 1))
  const leave = (socket: Socket): void => {
    if (counted.delete(socket)) Atomics.sub(counts, place, 1)
  }
  const hasTooMany = (): boolean => {
    const all = [...counts].filter((count) => count > 0)
    const share = all.reduce((sum, count) => sum + count - 1, 0) / all.length
    return Atomics.load(counts, place) - Math.min(...all) > Math.max(1, Math.floor(share * TOLERANCE))
  }
  server.on('connection', (socket: Socket) => {
    counted.add(socket)
    Atomics.add(counts, place, 1)
    socket.once('close', () => leave(socket))
  })
  server.prependListener('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    requests++
    const own = (served.get(socket) ?? 0) + 1
    served.set(socket, own)
    if (own < LEAST_REQUESTS || !hasTooMany()) return
    response.shouldKeepAlive = false
    // It counts as gone, so that no more are ended than are too many.
    leave(socket)
  })
  return { requests: () => requests }
}

/** A thread has ended. */
export function hasLeft(counts: Int32Array, place: number): void {
  Atomics.store(counts, place, 0)
}

/**
 * Refuses with 429 before a body is read if too much is in flight, so that memory and waiting stay bounded. Known write
 * keys, unknown senders and opt-outs have separate capacity, so that none can use up another's.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { clientAddress, type Trust } from '../model/client-address.ts'
import { GatewayError } from '../model/errors.ts'
import { addressGroup } from '../platform/address-group.ts'
import { answerError } from './answers.ts'
import type { IngressLimits } from './deps.ts'
import type { Load } from './load.ts'
import { createRoom, type Guest } from './room.ts'

/**
 * `keyed`: the head holds a known write key. `choice`: narrows or erases, and is never refused because of other
 * traffic.
 */
export type Standing = 'keyed' | 'nameless' | 'choice'

/** Throws `ERR_PRESSURE`; otherwise the request counts until it is answered. */
export type Pressure = (request: IncomingMessage, response: ServerResponse, standing: Standing) => void

export interface PressureParts {
  readonly limits: IngressLimits
  readonly load: Pick<Load, 'isOver'>
  readonly trust: Trust
  readonly nowMs: () => number
}

/** Maximum body of a request about one user: parsed in one turn. */
export const MAX_SMALL_BYTES = 32_768
/** Concurrent requests that narrow. */
const CHOICES_UNDER_WAY = 1_000
/** The share of the capacity for requests without a known key in their head. */
const NAMELESS_PART = 0.5

export function createPressure({ limits, load, trust, nowMs }: PressureParts): Pressure {
  const { requestsUnderWay, bytesUnderWay, batchBytes, retryAfterSeconds } = limits
  const part = (of: number): number => Math.max(1, Math.floor(of * NAMELESS_PART))
  const rooms = {
    keyed: createRoom(requestsUnderWay, bytesUnderWay, nowMs),
    nameless: createRoom(part(requestsUnderWay), Math.max(batchBytes, part(bytesUnderWay)), nowMs),
    choice: createRoom(CHOICES_UNDER_WAY, CHOICES_UNDER_WAY * MAX_SMALL_BYTES, nowMs),
  }
  return (request, response, standing) => {
    const isChoice = standing === 'choice'
    if (!isChoice && load.isOver()) throw new GatewayError('ERR_PRESSURE')
    const guest: Guest = {
      group: addressGroup(clientAddress(request, trust)),
      bytes: sizeOf(request, isChoice ? MAX_SMALL_BYTES : batchBytes),
      isSending: () => !request.complete,
      evict: () => {
        if (response.headersSent) return
        response.setHeader('Connection', 'close')
        answerError(response, new GatewayError('ERR_PRESSURE'), retryAfterSeconds)
      },
    }
    const leave = rooms[standing].enter(guest)
    if (leave === undefined) throw new GatewayError('ERR_PRESSURE')
    response.once('close', leave)
    // A narrowing request is queued once it has arrived: see `narrowing.ts`.
    if (isChoice) request.once('end', leave)
  }
}

function sizeOf({ headers }: IncomingMessage, most: number): number {
  const declared = Number(headers['content-length'] ?? Number.NaN)
  return headers['content-encoding'] === undefined && declared >= 0 ? Math.min(declared, most) : most
}

/**
 * Refuses before a body is read: with 429 where too much is under way, so that memory and waiting stay bounded. Who has shown a
 * write key, who has not, and who opts out have room of their own each, so that none of them can use up another's.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { clientAddress, type Trust } from '../model/client-address.ts'
import { GatewayError } from '../model/errors.ts'
import { addressGroup } from '../platform/address-group.ts'
import { answerError } from './answers.ts'
import type { IngressLimits } from './deps.ts'
import type { Load } from './load.ts'
import { createRoom, type Guest } from './room.ts'

/** `keyed`: its head holds a write key that is known. `choice`: it narrows, or erases: never refused for what others send. */
export type Standing = 'keyed' | 'nameless' | 'choice'

/** Throws `ERR_PRESSURE`; else the request counts until its answer is over. */
export type Pressure = (request: IncomingMessage, response: ServerResponse, standing: Standing) => void

export interface PressureParts {
  readonly limits: IngressLimits
  readonly load: Pick<Load, 'isOver'>
  readonly trust: Trust
  readonly nowMs: () => number
}

/** Bytes of a body that is about one person: parsed in one turn. */
export const MAX_SMALL_BYTES = 32_768
/** Requests that narrow, at once. */
const CHOICES_UNDER_WAY = 1_000
/** Of what may be under way, the part of those who have shown no key in their head. */
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
      giveWay: () => {
        if (response.headersSent) return
        response.setHeader('Connection', 'close')
        answerError(response, new GatewayError('ERR_PRESSURE'), retryAfterSeconds)
      },
    }
    const leave = rooms[standing].enter(guest)
    if (leave === undefined) throw new GatewayError('ERR_PRESSURE')
    response.once('close', leave)
    // What narrows has its turn once it is here: see `narrowing.ts`.
    if (isChoice) request.once('end', leave)
  }
}

function sizeOf({ headers }: IncomingMessage, most: number): number {
  const declared = Number(headers['content-length'] ?? Number.NaN)
  return headers['content-encoding'] === undefined && declared >= 0 ? Math.min(declared, most) : most
}

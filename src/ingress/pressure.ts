/** Refuses with 429 before a body is read once too much is under way, so that memory stays bounded. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { GatewayError } from '../model/errors.ts'
import type { IngressLimits } from './deps.ts'

/** Throws `ERR_PRESSURE`; else the request counts until its answer is over. */
export type Pressure = (request: IncomingMessage, response: ServerResponse) => void

export function createPressure({ requestsUnderWay, bytesUnderWay, batchBytes }: IngressLimits): Pressure {
  let requests = 0
  let bytes = 0
  return (request, response) => {
    const declared = Number(request.headers['content-length'] ?? Number.NaN)
    const isPlain = request.headers['content-encoding'] === undefined
    const size = isPlain && declared >= 0 ? Math.min(declared, batchBytes) : batchBytes
    if (requests + 1 > requestsUnderWay || bytes + size > bytesUnderWay) throw new GatewayError('ERR_PRESSURE')
    requests++
    bytes += size
    response.once('close', () => {
      requests--
      bytes -= size
    })
  }
}

/** Refuses with 429 before a body is read once too much is under way, so that memory stays bounded. */
import type { RequestHandler } from 'express'
import { GatewayError } from '../model/errors.ts'
import type { IngressLimits } from './deps.ts'

export function createPressure({ requestsUnderWay, bytesUnderWay, batchBytes }: IngressLimits): RequestHandler {
  let requests = 0
  let bytes = 0
  return (request, response, next) => {
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
    next()
  }
}

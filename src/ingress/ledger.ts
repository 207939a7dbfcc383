/** `/ledger/…`: checkpoints, tiles and proofs for anyone; only hashes. */
import type { RequestHandler } from 'express'
import { GatewayError } from '../model/errors.ts'
import type { IngressDeps } from './deps.ts'

/** Maximum concurrent answers: their thread also seals, and public requests must not delay that. */
const MOST_UNDER_WAY = 32
/** A year, in seconds. */
const FOR_EVER = 'public, max-age=31536000, immutable'
/** Checkpoints are made about once a second; tlog-tiles recommends at most a few seconds. */
const BRIEFLY = 'public, max-age=1'

export function createLedgerHandler({ serveLedger }: Pick<IngressDeps, 'serveLedger'>): RequestHandler {
  let underWay = 0
  return async (request, response) => {
    if (underWay >= MOST_UNDER_WAY) throw new GatewayError('ERR_PRESSURE')
    underWay++
    try {
      const served = await serveLedger(request.path.replace(/^\/ledger\//u, ''))
      if (served === 'unknown') throw new GatewayError('ERR_NOT_FOUND')
      if (served === 'pruned') throw new GatewayError('ERR_LEDGER_PRUNED')
      response.setHeader('Content-Type', served.type)
      response.setHeader('X-Content-Type-Options', 'nosniff')
      response.setHeader('Cache-Control', served.immutable ? FOR_EVER : BRIEFLY)
      response.end(served.body)
    } finally {
      underWay--
    }
  }
}

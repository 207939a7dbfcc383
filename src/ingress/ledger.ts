/** `/ledger/…`: checkpoints, tiles and proofs for anyone, as hashes alone. */
import type { RequestHandler } from 'express'
import { GatewayError } from '../model/errors.ts'
import type { IngressDeps } from './deps.ts'

/** Answers under way at once: the thread behind them also seals, and must not be kept from it by strangers. */
const MOST_UNDER_WAY = 32
/** A year, in seconds. */
const FOR_EVER = 'public, max-age=31536000, immutable'
/** A checkpoint is made about once a second; tlog-tiles asks for a few seconds at most. */
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

/**
 * `GET /receipts/{id}` gives the proof of a receipt, `POST /receipts/check` checks one as anyone can offline. Neither
 * the id nor the answers reveal anything about a user.
 */
import type { RequestHandler } from 'express'
import { GatewayError } from '../model/errors.ts'
import { PROVED_WITHIN } from '../subjects/receipts.ts'
import { answer } from './answers.ts'
import { parseBody } from './body.ts'
import type { IngressDeps } from './deps.ts'

export function createReceiptHandlers({ receipts }: Pick<IngressDeps, 'receipts'>): {
  readonly proof: RequestHandler
  readonly check: RequestHandler
} {
  return {
    proof: async (request, response) => {
      const found = await receipts.proofOf(String(request.params.id))
      if (found.state === 'unknown') throw new GatewayError('ERR_NOT_FOUND')
      if (found.state === 'pruned') throw new GatewayError('ERR_LEDGER_PRUNED')
      if (found.state === 'promised') return answer(response, 202, { index: found.index, within: PROVED_WITHIN })
      answer(response, 200, { index: found.index, proof: found.proof })
    },
    check: async (request, response) => {
      answer(response, 200, await receipts.check(parseBody(request)))
    },
  }
}

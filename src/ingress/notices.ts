/** `POST /v1/notices/{partner}`: partners report the progress of an opt-out or deletion notice. */
import type { RequestHandler } from 'express'
import type { PartnerId } from '../model/brand.ts'
import { GatewayError } from '../model/errors.ts'
import type { NoticeSender } from '../notices/sender.ts'
import { answer } from './answers.ts'

/** 202 accepted; 401 invalid signature; 400 malformed; 404 no such partner or notice. No body names the notice. */
export function createNoticeAnswersHandler(received: NoticeSender['received'] | undefined): RequestHandler {
  return async (request, response) => {
    if (received === undefined) throw new GatewayError('ERR_NOT_FOUND')
    const raw: unknown = request.body
    const body = Buffer.isBuffer(raw) ? raw.toString('utf8') : ''
    // Sound: a name without a contract is answered as unknown.
    const taken = await received(request.params.partner as PartnerId, { headers: request.headers, body })
    if (taken === 'unsigned') throw new GatewayError('ERR_TOKEN_INVALID')
    if (taken === 'malformed') throw new GatewayError('ERR_BODY_NOT_JSON')
    if (taken === 'unknown') throw new GatewayError('ERR_NOT_FOUND')
    answer(response, 202, { success: true })
  }
}

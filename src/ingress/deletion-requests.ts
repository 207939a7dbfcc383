/** `GET /dsrdelete.json` and `POST /v1/deletion-requests`: IAB Tech Lab's Data Deletion Request Framework. */
import type { Request, RequestHandler } from 'express'
import { decodeBody } from '../model/body-text.ts'
import { GatewayError } from '../model/errors.ts'
import { tryJson } from '../model/json-text.ts'
import type { DeletionDesk } from '../subjects/deletion-requests.ts'
import { answer } from './answers.ts'

/** Others poll the file; a new key is seen within the hour. */
const DISCOVERY_CACHE = 'public, max-age=3600'
export const MAX_DELETION_BYTES = 32_768

export function createDeletionHandlers(desk: DeletionDesk | undefined): {
  readonly discovery: RequestHandler
  readonly receive: RequestHandler
} {
  const requireDesk = (): DeletionDesk => {
    if (desk === undefined) throw new GatewayError('ERR_NOT_FOUND')
    return desk
  }
  return {
    discovery: (_request, response) => {
      const { discovery } = requireDesk()
      response.status(200)
      response.setHeader('Content-Type', 'application/json; charset=utf-8')
      response.setHeader('X-Content-Type-Options', 'nosniff')
      response.setHeader('Cache-Control', DISCOVERY_CACHE)
      response.end(JSON.stringify(discovery))
    },
    receive: async (request, response) => {
      const { status, acJWT } = await requireDesk().receive(tokenIn(request))
      answer(response, status, { acJWT })
    },
  }
}

/** The framework does not define how the token is sent: accepts it as the body, or as `rqJWT` of a JSON object. */
function tokenIn(request: Request): string {
  const raw: unknown = request.body
  const text = Buffer.isBuffer(raw) ? decodeBody(raw, request.headers['content-type']).trim() : ''
  if (!text.startsWith('{')) return text
  const { rqJWT } = (tryJson(text) ?? {}) as { readonly rqJWT?: unknown }
  return typeof rqJWT === 'string' ? rqJWT : ''
}

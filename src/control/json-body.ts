/** Parses JSON bodies of the ops API as strictly as events, so that identities match. */
import express, { type RequestHandler } from 'express'
import { decodeBody } from '../model/body-text.ts'
import { GatewayError } from '../model/errors.ts'
import { tryJson } from '../model/json-text.ts'

/** Largest JSON body. */
const MAX_BODY = '1mb'

/** Sets `request.body`, to an empty object for an empty body. Throws `ERR_BODY_NOT_JSON`, `ERR_BODY_CHARSET`. */
export const readJsonBody: readonly RequestHandler[] = [
  express.raw({ type: () => true, limit: MAX_BODY }),
  (request, _response, next) => {
    const raw: unknown = request.body
    if (Buffer.isBuffer(raw)) request.body = parsed(raw, request.headers['content-type'])
    next()
  },
]

function parsed(raw: Buffer, contentType: string | undefined): unknown {
  if (raw.length === 0) return {}
  const value = tryJson(decodeBody(raw, contentType))
  if (typeof value !== 'object' || value === null) throw new GatewayError('ERR_BODY_NOT_JSON')
  return value
}

/** `application/problem+json` (RFC 9457), the control plane's error format. */
import type { ErrorRequestHandler } from 'express'
import { ERROR_CODES, type ErrorCode, GatewayError } from '../model/errors.ts'

/** Default `Retry-After`. */
const RETRY_AFTER_SECONDS = 5

export function answerProblems(failed: (where: string, error: unknown) => void): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    const known = error instanceof GatewayError ? error : bodyError(error)
    if (known.code === 'ERR_INTERNAL') failed('control', error)
    if (response.headersSent) return next(error)
    const { status, retry } = ERROR_CODES[known.code]
    if (known.code === 'ERR_TOKEN_MISSING') response.setHeader('WWW-Authenticate', 'Bearer')
    if (known.code === 'ERR_TOKEN_INVALID') response.setHeader('WWW-Authenticate', 'Bearer error="invalid_token"')
    if (retry) response.setHeader('Retry-After', String(known.details.retryAfterSeconds ?? RETRY_AFTER_SECONDS))
    response.status(status).type('application/problem+json')
    response.setHeader('Cache-Control', 'no-store')
    response.json(problemOf(known))
  }
}

/** `title` is fixed for each code; other members carry the occurrence. */
export function problemOf({ code, details }: { readonly code: ErrorCode; readonly details: object }): object {
  const { status, says } = ERROR_CODES[code]
  return { type: `urn:sluice:${code}`, title: says, status, code, ...details }
}

/** The body parser's messages may quote the body: only the kind is kept. */
function bodyError(error: unknown): GatewayError {
  const { type, status } = (error ?? {}) as { readonly type?: unknown; readonly status?: unknown }
  if (type === 'entity.too.large') return new GatewayError('ERR_BODY_TOO_LARGE')
  if (type === 'encoding.unsupported') return new GatewayError('ERR_BODY_ENCODING')
  if (typeof type === 'string') return new GatewayError('ERR_BODY_NOT_JSON')
  // Express could not decode the path: `%` followed by no byte.
  if (error instanceof URIError || status === 400) return new GatewayError('ERR_NOT_FOUND')
  return new GatewayError('ERR_INTERNAL', {}, error)
}

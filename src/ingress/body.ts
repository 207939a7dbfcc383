/** Reads a body: gzip or identity, JSON whatever the content type, limits on inflated bytes. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import express, { type ErrorRequestHandler, type Request, type RequestHandler } from 'express'
import { decodeBody } from '../model/body-text.ts'
import type { Json, JsonObject } from '../model/brand.ts'
import { type ErrorCode, GatewayError } from '../model/errors.ts'
import { tryJson } from '../model/json-text.ts'

/** Kotlin SDKs send JSON as text/plain; RudderStack's Node SDK, gzipped, under the form type of its HTTP client. */
const TYPES = ['application/json', 'text/plain', 'application/x-www-form-urlencoded']
const CODINGS = ['gzip', 'identity', 'deflate', 'br']

/** The canonical name of a `Content-Encoding`: `x-gzip` is gzip (RFC 9110 §8.4.1.3), absent is `identity`. */
export function codingOf(header: string | undefined): string {
  const coding = header?.trim().toLowerCase() || 'identity'
  return coding === 'x-gzip' ? 'gzip' : coding
}

/** Throws if the head shows that the body cannot be read. Returns its coding. */
export function requireReadable({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase()
  if (type !== undefined && type !== '' && !TYPES.includes(type))
    throw new GatewayError('ERR_BODY_TYPE', { allowed: TYPES })
  const coding = codingOf(headers['content-encoding'])
  if (!CODINGS.includes(coding)) throw new GatewayError('ERR_BODY_ENCODING')
  // The inflating reader uses this.
  headers['content-encoding'] = coding
  return coding
}

/** Collects and inflates. Refusals become our error codes in `bodyErrors`. */
export function readBody(maxBytes: number): RequestHandler[] {
  const checkType: RequestHandler = (request, _response, next) => {
    requireReadable(request)
    next()
  }
  return [checkType, collectInflated(maxBytes)]
}

export function collectInflated(maxBytes: number): RequestHandler {
  return express.raw({ type: () => true, limit: maxBytes, inflate: true })
}

/** The parser's own errors contain the body: only their kind is passed on. */
export const bodyErrors: ErrorRequestHandler = (error: unknown, _request, _response, next) => {
  next(bodyError(error))
}

/** An error of the parser, as one of our codes if it has one. */
export function bodyError(error: unknown): unknown {
  return error instanceof GatewayError ? error : (codeOf(error) ?? error)
}

function codeOf(error: unknown): GatewayError | undefined {
  const { type } = (error ?? {}) as { readonly type?: unknown }
  if (typeof type !== 'string') return zlibFailed(error) ? new GatewayError('ERR_BODY_ENCODING') : undefined
  const code: ErrorCode | undefined = (
    {
      'entity.too.large': 'ERR_BODY_TOO_LARGE',
      'encoding.unsupported': 'ERR_BODY_ENCODING',
      'request.aborted': 'ERR_BODY_NOT_JSON',
      'request.size.invalid': 'ERR_BODY_NOT_JSON',
    } as const satisfies Record<string, ErrorCode>
  )[type as 'entity.too.large']
  return code === undefined ? undefined : new GatewayError(code)
}

/** body-parser passes zlib's errors on with status 400 and zlib's code. */
function zlibFailed(error: unknown): boolean {
  const { code, status } = (error ?? {}) as { readonly code?: unknown; readonly status?: unknown }
  return status === 400 || (typeof code === 'string' && code.startsWith('Z_'))
}

/** The body as text. Throws `ERR_BODY_NOT_JSON` if it is empty, and as `decodeBody` does. */
export function bodyText({ body, headers }: Request): string {
  return textOf(body, headers)
}

/** The same for a body that was read without Express. */
export function textOf(body: unknown, headers: IncomingHttpHeaders): string {
  if (!Buffer.isBuffer(body) || body.length === 0) throw new GatewayError('ERR_BODY_NOT_JSON')
  return decodeBody(body, headers['content-type'])
}

/** Parses JSON exactly (`parseJson`). Throws `ERR_BODY_NOT_JSON`. */
export function parseText(text: string): Json {
  const value = tryJson(text)
  if (value === undefined) throw new GatewayError('ERR_BODY_NOT_JSON')
  return value
}

/** A small body as a JSON object. */
export function parseBody(request: Request): JsonObject {
  const parsed = parseText(bodyText(request))
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new GatewayError('ERR_BODY_NOT_JSON')
  // Sound: not an array.
  return parsed as JsonObject
}

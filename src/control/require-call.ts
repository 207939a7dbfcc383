/** Validates a request by its route's schemas and reports all problems at once. */
import type { Request } from 'express'
import { z } from 'zod'
import type { Actor } from '../model/actor.ts'
import { GatewayError } from '../model/errors.ts'
import { type RequestProblem, requestProblems } from './request-problems.ts'
import type { AnyCall, Route } from './route.ts'

/** Limit of a streamed body: ten million opt-outs. */
const MAX_STREAM_BYTES = 1_073_741_824
const NOTHING = z.strictObject({})

/** Throws `ERR_REQUEST_INVALID`. */
export function requireCall(route: Route, request: Request, actor: Actor): AnyCall {
  const problems: RequestProblem[] = []
  const read = (place: RequestProblem['in'], schema: z.ZodType, value: unknown): unknown => {
    const parsed = schema.safeParse(value)
    if (parsed.success) return parsed.data
    problems.push(...requestProblems(place, schema, value, parsed.error.issues))
    return undefined
  }
  const { headers } = request
  const params = route.params === undefined ? undefined : read('path', route.params, { ...request.params })
  const query = read('query', route.query ?? NOTHING, { ...request.query })
  const body = route.body === undefined ? undefined : read('body', route.body, request.body)
  const ifMatch = route.ifMatch === undefined ? undefined : headers['if-match']?.replace(/^(?:W\/)?"(.*)"$/, '$1')
  if (route.ifMatch === 'required' && ifMatch === undefined)
    problems.push({ in: 'header', path: 'If-Match', found: 'missing', allowed: 'the ETag of what you are changing' })
  if (takesKey(route) && headers['idempotency-key'] !== undefined && keyOf(route, request) === undefined)
    problems.push({ in: 'header', path: 'Idempotency-Key', found: 'not a key', allowed: '1 to 255 visible characters' })
  if (problems.length > 0) throw new GatewayError('ERR_REQUEST_INVALID', { problems })
  return { params, query, body, actor, ifMatch, contentType: contentTypeOf(request), pieces: limited(request) }
}

/** The call's `Idempotency-Key`; undefined if absent or not supported by the route. */
export function keyOf(route: Route, { headers }: Pick<Request, 'headers'>): string | undefined {
  const key = headers['idempotency-key']
  return takesKey(route) && typeof key === 'string' && /^[\x21-\x7e]{1,255}$/.test(key) ? key : undefined
}

/** Only POST needs a key: PUT and DELETE are idempotent. Streamed bodies and secret answers are not stored. */
export function takesKey({ method, effect, stream, secret }: Route): boolean {
  return method === 'POST' && effect === 'acts' && stream === undefined && secret !== true
}

/** The media type of the body, without parameters. */
export function contentTypeOf({ headers }: Pick<Request, 'headers'>): string {
  return headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? ''
}

async function* limited(request: Request): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length
    if (bytes > MAX_STREAM_BYTES) throw new GatewayError('ERR_BODY_TOO_LARGE', { allowed: MAX_STREAM_BYTES })
    yield piece
  }
}

/** A request as its route's schemas make it, or every problem of every part of it at once. */
import type { Request } from 'express'
import { z } from 'zod'
import type { Actor } from '../model/actor.ts'
import { GatewayError } from '../model/errors.ts'
import { type RequestProblem, requestProblems } from './request-problems.ts'
import type { AnyCall, Route } from './route.ts'

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
  if (problems.length > 0) throw new GatewayError('ERR_REQUEST_INVALID', { problems })
  return { params, query, body, actor, ifMatch, request }
}

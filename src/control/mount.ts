/** The table of routes on Express: who calls, may they, is the request of the right shape; then the handler. */
import { pipeline } from 'node:stream/promises'
import express, { type Express, type RequestHandler, type Response } from 'express'
import { z } from 'zod'
import type { Actor } from '../model/actor.ts'
import { GatewayError } from '../model/errors.ts'
import type { ControlDeps } from './deps.ts'
import { type RequestProblem, requestProblems } from './request-problems.ts'
import { type AnyAnswer, type AnyCall, isStream, type Route } from './route.ts'

/** Largest JSON body. */
export const MAX_BODY = '1mb'
const NOTHING = z.strictObject({})

/**
 * Every path of the table, with each of its methods; others of them are 405 with `Allow`. Under `/api/v1` nobody who
 * has not said who they are learns which paths there are.
 */
export function mountRoutes(app: Express, routes: readonly Route[], deps: ControlDeps): void {
  const actors = new WeakMap<object, Actor>()
  app.use('/api/v1', async (request, response, next) => {
    // Answers name people's choices and the business's partners: no cache keeps them.
    response.setHeader('Cache-Control', 'no-store')
    actors.set(request, await requireActor(request.headers.authorization, deps))
    next()
  })
  for (const [path, ofPath] of byPath(routes)) {
    const mounted = app.route(path.replace(/\{(\w+)\}/g, ':$1'))
    const allow = allowedMethods(ofPath)
    for (const route of ofPath) {
      const serve = createServe(route, deps)
      const mayCall: RequestHandler = (request, _response, next) => {
        requireRole(route, actors.get(request)!)
        next()
      }
      const body =
        route.body === undefined ? [] : [requireType(['application/json']), express.json({ limit: MAX_BODY })]
      const stream = route.stream === undefined ? [] : [requireType(route.stream)]
      mounted[methodOf(route)](mayCall, ...stream, ...body, async (request, response) => {
        await serve(request, response, actors.get(request)!)
      })
    }
    mounted.options((_request, response) => {
      response.setHeader('Allow', allow)
      response.status(204).end()
    })
    mounted.all((_request, response) => {
      response.setHeader('Allow', allow)
      throw new GatewayError('ERR_METHOD', { allowed: allow })
    })
  }
}

export function byPath(routes: readonly Route[]): ReadonlyMap<string, readonly Route[]> {
  return Map.groupBy(routes, ({ path }) => path)
}

/** Express answers HEAD by the handler of GET, without a body. */
function allowedMethods(routes: readonly Route[]): string {
  const methods = routes.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
  return [...methods, 'OPTIONS'].join(', ')
}

function methodOf({ method }: Route): 'get' | 'post' | 'put' | 'delete' {
  return method.toLowerCase() as Lowercase<typeof method>
}

async function requireActor(authorization: string | undefined, { authenticate }: ControlDeps): Promise<Actor> {
  const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1]
  if (token === undefined) throw new GatewayError('ERR_TOKEN_MISSING')
  return authenticate(token)
}

/** Before anything is looked up: who may not ask does not learn whether something is there. */
function requireRole({ roles }: Route, actor: Actor): void {
  if (!roles.some((role) => actor.roles.includes(role))) throw new GatewayError('ERR_ROLE', { needs: roles })
}

function requireType(types: readonly string[]): RequestHandler {
  return (request, _response, next) => {
    const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? ''
    if (!types.includes(type)) throw new GatewayError('ERR_MEDIA_TYPE', { allowed: types })
    next()
  }
}

type Request = Parameters<RequestHandler>[0]

function createServe(route: Route, deps: ControlDeps) {
  const handle = route.handler(deps)
  return async (request: Request, response: Response, actor: Actor): Promise<void> => {
    const call = requireCall(route, request, actor)
    await sendAnswer(await handle(call), request, response)
  }
}

/** The call as the handler may rely on it. Throws `ERR_REQUEST_INVALID` with every problem of every part. */
function requireCall(route: Route, request: Request, actor: Actor): AnyCall {
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

async function sendAnswer(answer: AnyAnswer, request: Request, response: Response): Promise<void> {
  if (isStream(answer)) {
    response.type(answer.type)
    await pipeline(answer.stream, response)
    return
  }
  const { status = 200, body, etag } = answer
  if (etag !== undefined) {
    response.setHeader('ETag', `"${etag}"`)
    if (request.headers['if-none-match'] === `"${etag}"`) {
      response.status(304).end()
      return
    }
  }
  response.status(status).json(body)
}

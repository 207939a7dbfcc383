/** Mounts the route table on Express: authentication, role, rate, validation, audit record, then the handler. */
import { pipeline } from 'node:stream/promises'
import type { ErrorRequestHandler, Express, Request, RequestHandler, Response } from 'express'
import type { Actor } from '../model/actor.ts'
import { clientAddress, type Trust } from '../model/client-address.ts'
import { ERROR_CODES, GatewayError } from '../model/errors.ts'
import { type AuditedCall, type Effect, STOP_WAITS_MS } from './access/audit.ts'
import { succeedsWithin } from './at-most.ts'
import type { ControlDeps } from './deps.ts'
import type { FirstCall } from './idempotency.ts'
import { readJsonBody } from './json-body.ts'
import { contentTypeOf, keyOf, requireCall } from './require-call.ts'
import { type AnyAnswer, type AnyCall, isStream, type Route } from './route.ts'
import { actorBehind } from './session/actor.ts'
import { sessionOf } from './session/cookie.ts'

/** Time limit for receiving a JSON body. */
const BODY_TIMEOUT_MS = 15_000

/** State of a call in progress. */
interface CallState {
  readonly actor: Actor
  /** Set if the address is over its rate: only stop switches proceed. */
  readonly hurried: number | undefined
  route?: Route
  /** Set once the call is recorded and may take effect. */
  recorded?: AuditedCall
}

/**
 * Mounts every path with its methods; other methods answer 405 with `Allow`. Under `/api/v1`, unauthenticated callers do not
 * learn which paths exist.
 */
export function mountRoutes(app: Express, routes: readonly Route[], deps: ControlDeps): void {
  const standings = new WeakMap<Request, CallState>()
  app.use('/api/v1', async (request, response, next) => {
    // Answers may hold subjects' choices and business data.
    response.setHeader('Cache-Control', 'no-store')
    response.once('finish', () => {
      deps.observe.called(standings.get(request)?.route?.id ?? '', response.statusCode)
    })
    standings.set(request, await requireCallState(request, deps))
    next()
  })
  for (const [path, ofPath] of Map.groupBy(routes, ({ path }) => path)) {
    const mounted = app.route(path.replace(/\{(\w+)\}/g, ':$1'))
    const allow = allowedMethods(ofPath)
    for (const route of ofPath) {
      const serve = createServe(route, deps)
      const admit: RequestHandler = (request, _response, next) => {
        // Sound: the middleware above ran for this path.
        const standing = standings.get(request)!
        standing.route = route
        requireRole(route.roles, standing.actor)
        requirePace(route, standing, deps)
        next()
      }
      const json = route.body === undefined ? [] : [requireType(['application/json']), hurry, ...readJsonBody]
      const stream = route.stream === undefined ? [] : [requireType(route.stream)]
      mounted[methodOf(route)](admit, ...stream, ...json, async (request, response) => {
        await serve(request, response, standings.get(request)!)
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
  app.use('/api/v1', () => {
    throw new GatewayError('ERR_NOT_FOUND')
  })
  app.use('/api/v1', recordRefusals(standings, deps))
}

/** Express serves HEAD with the GET handler. */
function allowedMethods(routes: readonly Route[]): string {
  const methods = routes.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
  return [...methods, 'OPTIONS'].join(', ')
}

function methodOf({ method }: Route): 'get' | 'post' | 'put' | 'delete' {
  return method.toLowerCase() as Lowercase<typeof method>
}

async function requireCallState(request: Request, deps: ControlDeps): Promise<CallState> {
  const { rates } = deps
  const address = addressOf(request)
  const hurried = rates.address.take(address) ? undefined : rates.address.waitSeconds(address)
  return { actor: await requireActor(request, deps, address), hurried }
}

async function requireActor(request: Request, deps: ControlDeps, address: string): Promise<Actor> {
  const { access, sessions } = deps
  const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  if (token === undefined) {
    const session = sessionOf(request, sessions)
    if (session === undefined) throw new GatewayError('ERR_TOKEN_MISSING')
    return actorBehind(session, address, deps)
  }
  const actor = await access.authenticate(token, address)
  sessions.cameWith(actor, token)
  return actor
}

/** Checks a long poll again before its answer: the session, token or role may be gone. */
async function requireStill(route: Route, request: Request, deps: ControlDeps): Promise<void> {
  requireRole(route.roles, await requireActor(request, deps, addressOf(request)))
}

function addressOf(request: Request): string {
  return clientAddress(request, request.app.get('trust proxy fn') as Trust) ?? ''
}

/** Runs before any look-up, so that an unauthorised caller does not learn what exists. */
function requireRole(roles: Route['roles'], actor: Actor): void {
  if (!roles.some((role) => actor.roles.includes(role))) throw new GatewayError('ERR_ROLE', { needs: roles })
}

function requirePace({ effect }: Route, { actor, hurried }: CallState, { rates }: ControlDeps): void {
  const wait = rates.actor.take(actor.id) ? hurried : rates.actor.waitSeconds(actor.id)
  if (wait !== undefined && effect !== 'stops') throw new GatewayError('ERR_RATE', { retryAfterSeconds: wait })
}

function requireType(types: readonly string[]): RequestHandler {
  return (request, _response, next) => {
    if (!types.includes(contentTypeOf(request))) throw new GatewayError('ERR_MEDIA_TYPE', { allowed: types })
    next()
  }
}

const hurry: RequestHandler = (request, _response, next) => {
  const timer = setTimeout(() => request.destroy(), BODY_TIMEOUT_MS)
  request.once('close', () => clearTimeout(timer))
  request.once('end', () => clearTimeout(timer))
  next()
}

function createServe(route: Route, deps: ControlDeps) {
  const handle = route.handler(deps)
  return async (request: Request, response: Response, standing: CallState): Promise<void> => {
    const call = requireCall(route, request, standing.actor)
    if (route.rolesOf !== undefined) requireRole(route.rolesOf(call), standing.actor)
    const recorded = auditedCall(route, call)
    const act = async (): Promise<AnyAnswer> => {
      await deps.audit.before(recorded)
      standing.recorded = recorded
      const answer = await handle(call)
      if (route.waits === true) await requireStill(route, request, deps)
      await deps.audit.after(recorded, statusOf(answer), '')
      return answer
    }
    const key = keyOf(route, request)
    if (key === undefined) return sendAnswer(await act(), request, response)
    const { originalUrl, method, headers } = request
    const asked = JSON.stringify([method, originalUrl, headers['if-match'], request.body])
    const beginning = deps.idempotency.begin(call.actor.id, key, asked)
    const begun = recorded.effect === 'stops' ? await unlessUnavailable(beginning) : await beginning
    if (begun === undefined) return sendAnswer(await act(), request, response)
    if (begun.kind === 'again') {
      await deps.audit.before({ ...recorded, effect: 'reads' })
      response.setHeader('Idempotency-Replayed', 'true')
      return sendAnswer(begun.answer, request, response)
    }
    return sendAnswer(await actOnce(act, begun), request, response)
  }
}

/** Undefined where the keys cannot be had now: a stop waits for no store, and stopping again stops nothing more. */
async function unlessUnavailable<T>(beginning: Promise<T>): Promise<T | undefined> {
  let refusal: unknown
  const isInTime = await succeedsWithin(beginning, STOP_WAITS_MS, (error) => {
    refusal = error
  })
  if (refusal instanceof GatewayError && refusal.status < 500) throw refusal
  return isInTime ? beginning : undefined
}

/** Runs the call and stores its answer under the idempotency key; a refusal frees the key, a failure leaves it unknown. */
async function actOnce(act: () => Promise<AnyAnswer>, first: FirstCall): Promise<AnyAnswer> {
  let answer: AnyAnswer
  try {
    answer = await act()
  } catch (error) {
    const nothingHappened =
      error instanceof GatewayError && (error.status < 500 || error.code === 'ERR_LEDGER_UNAVAILABLE')
    if (nothingHappened) await first.refused()
    else first.lost()
    throw error
  }
  if (isStream(answer)) first.lost()
  else await first.answered({ ...answer, status: statusOf(answer) })
  return answer
}

function auditedCall(route: Route, call: AnyCall): AuditedCall {
  const effect = route.effectOf?.(call) ?? route.effect
  return { call: route.id, actor: call.actor, effect, facts: route.facts?.(call) ?? {} }
}

function statusOf(answer: AnyAnswer): number {
  return isStream(answer) ? 200 : (answer.status ?? 200)
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

/** Records refusals in the audit trail and passes the error on. */
function recordRefusals(standings: WeakMap<Request, CallState>, { audit }: ControlDeps): ErrorRequestHandler {
  return async (error: unknown, request, _response, next) => {
    const code = error instanceof GatewayError ? error.code : 'ERR_INTERNAL'
    const { actor, route, recorded } = standings.get(request) ?? {}
    if (recorded !== undefined) await audit.after(recorded, ERROR_CODES[code].status, code)
    else await audit.refused(route?.id ?? '', route?.effect ?? effectUnknown(request), actor, code)
    next(error)
  }
}

/** The presumed effect of a call to an unknown path. */
function effectUnknown({ method }: Request): Effect {
  return ['GET', 'HEAD', 'OPTIONS'].includes(method) ? 'reads' : 'acts'
}

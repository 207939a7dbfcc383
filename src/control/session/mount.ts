/** `/session`: sign-in and sign-out of the console. Not part of the ops API. */
import type { ErrorRequestHandler, Express, Request, Response } from 'express'
import { z } from 'zod'
import type { Actor } from '../../model/actor.ts'
import { GatewayError } from '../../model/errors.ts'
import type { ControlDeps } from '../deps.ts'
import { readJsonBody } from '../json-body.ts'
import { actorBehind } from './actor.ts'
import { clearCookie, cookieOf, sessionBehind, sessionOf } from './cookie.ts'
import { mountIssuerSignIn } from './issuer-mount.ts'
import { addressOf, openFor } from './open.ts'
import type { Session } from './sessions.ts'

const SECRET = z.string().min(1).max(16_384)
const SIGN_IN = z.union([
  z.strictObject({ token: SECRET }),
  z.strictObject({ code: SECRET, replace: z.boolean().optional() }),
])

export function mountSession(app: Express, deps: ControlDeps): void {
  const { sessions, access, issuerSignIn } = deps
  mountIssuerSignIn(app, deps)
  app
    .route('/session')
    .all((_request, response, next) => {
      response.setHeader('Cache-Control', 'no-store')
      next()
    })
    .get(async (request, response) => {
      const session = sessionOf(request, sessions)
      if (session === undefined) throw new GatewayError('ERR_TOKEN_MISSING')
      const actor = await actorBehind(session, addressOf(request), deps)
      response.json(answerOf(actor, session, deps))
    })
    .post(requirePace(deps), requireJson, ...readJsonBody, async (request: Request, response: Response) => {
      const parsed = SIGN_IN.safeParse(request.body)
      if (!parsed.success) throw new GatewayError('ERR_REQUEST_INVALID', { problems: [] })
      const by = parsed.data
      const token = 'code' in by ? sessions.peek(by.code) : by.token
      if (token === undefined) throw new GatewayError('ERR_TOKEN_INVALID', { reason: 'code' })
      const actor = await access.authenticate(token, addressOf(request))
      if ('code' in by) {
        if (by.replace !== true) await requireNoOther(request, actor, deps)
        if (sessions.redeem(by.code) === undefined) throw new GatewayError('ERR_TOKEN_INVALID', { reason: 'code' })
      }
      const session = await openFor(actor, { kind: 'token', token }, request, response, deps)
      response.json(answerOf(actor, session, deps))
    })
    .delete(async (request, response) => {
      const session = sessionOf(request, sessions)
      if (session !== undefined) sessions.end(cookieOf(request) ?? '')
      clearCookie(response)
      const exit = session?.held.kind === 'issued' ? await issuerSignIn?.exit(session.held.idToken) : undefined
      if (exit === undefined) response.status(204).end()
      else response.json({ issuer: exit })
    })
    .all((_request, response) => {
      response.setHeader('Allow', 'GET, HEAD, POST, DELETE')
      throw new GatewayError('ERR_METHOD', { allowed: 'GET, HEAD, POST, DELETE' })
    })
  app.use('/session', recordFailures(deps))
}

/** Counts failed sign-ins in the audit trail by cause, at most one record a minute. */
function recordFailures({ audit }: ControlDeps): ErrorRequestHandler {
  return async (error: unknown, { method }, _response, next) => {
    const code = error instanceof GatewayError ? error.code : 'ERR_INTERNAL'
    if (method === 'POST') await audit.refused('signIn', 'reads', undefined, code)
    next(error)
  }
}

/** A sign-in link may be forged by others: it must not silently replace another actor's session. */
async function requireNoOther(request: Request, actor: Actor, deps: ControlDeps): Promise<void> {
  const open = sessionBehind(request, deps.sessions)
  if (open === undefined || open.actor === actor.id) return
  try {
    await actorBehind(open, addressOf(request), deps)
  } catch (error) {
    if (error instanceof GatewayError && (error.code === 'ERR_TOKEN_INVALID' || error.code === 'ERR_RATE')) return
    throw error
  }
  throw new GatewayError('ERR_SESSION_OTHER')
}

function answerOf({ id, roles }: Actor, { csrf, until }: Session, { actors }: ControlDeps): object {
  const name = actors.list().find((actor) => actor.id === id)?.name
  return { id, roles, ...(name === undefined ? {} : { name }), csrf, until: new Date(until).toISOString() }
}

function requirePace({ rates }: ControlDeps) {
  return (request: Request, _response: Response, next: () => void): void => {
    const address = addressOf(request)
    if (!rates.address.take(address))
      throw new GatewayError('ERR_RATE', { retryAfterSeconds: rates.address.waitSeconds(address) })
    next()
  }
}

/** A foreign page cannot send this type without a preflight. */
function requireJson(request: Request, _response: Response, next: () => void): void {
  if (request.is('application/json') === false)
    throw new GatewayError('ERR_MEDIA_TYPE', { allowed: ['application/json'] })
  next()
}

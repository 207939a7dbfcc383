/** `/session/sign-in` and `/session/callback`: the browser's redirect to the issuer and back. */
import type { Express, Request, Response } from 'express'
import type { Actor } from '../../model/actor.ts'
import { GatewayError } from '../../model/errors.ts'
import type { ControlDeps } from '../deps.ts'
import { actorBehind } from './actor.ts'
import { clearTicket, sessionBehind, setTicket, ticketOf } from './cookie.ts'
import { type IssuedTokens, SignInFailed, type SignInFailure } from './issuer-sign-in.ts'
import { addressOf, openFor } from './open.ts'

export function mountIssuerSignIn(app: Express, deps: ControlDeps): void {
  const { issuerSignIn } = deps
  // Unauthenticated: reveals only whether issuer sign-in is available.
  app.get('/session/ways', (_request, response) => {
    response.setHeader('Cache-Control', 'no-store')
    response.json({ issuer: issuerSignIn !== undefined })
  })
  if (issuerSignIn === undefined) return
  app.get('/session/sign-in', async (request, response) => {
    guard(response)
    try {
      requirePace(request, deps)
      if (!isOwnDoing(request) || (await isSignedIn(request, deps))) return response.redirect(303, '/')
      const { url, ticket } = await issuerSignIn.begin()
      setTicket(response, ticket)
      response.redirect(303, url)
    } catch (error) {
      failed(response, error, deps)
    }
  })
  app.get('/session/callback', async (request, response) => {
    guard(response)
    clearTicket(response)
    try {
      requirePace(request, deps)
      const tokens = await issuerSignIn.finish(ticketOf(request), answerIn(request))
      await signIn(tokens, request, response, deps)
      // Redirect, so that the code stays out of the history and referrers.
      response.redirect(303, '/')
    } catch (error) {
      failed(response, error, deps)
    }
  })
}

async function signIn(tokens: IssuedTokens, request: Request, response: Response, deps: ControlDeps): Promise<void> {
  const actor = await proven(tokens, deps)
  if (actor.roles.length === 0) {
    await deps.audit.refused('signIn', 'stops', actor, 'ERR_ROLE')
    throw new SignInFailed('no_role')
  }
  await openFor(actor, { kind: 'issued', ...tokens }, request, response, deps)
}

async function proven({ idToken }: IssuedTokens, { access }: ControlDeps): Promise<Actor> {
  try {
    return await access.authenticateIssued(idToken)
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'ERR_TOKEN_INVALID') throw new SignInFailed('invalid', error)
    if (error instanceof GatewayError && error.code === 'ERR_ISSUER_UNAVAILABLE')
      throw new SignInFailed('unavailable', error)
    throw error
  }
}

/** Refuses sign-ins started by foreign pages (login CSRF). */
function isOwnDoing({ headers }: Request): boolean {
  const site = headers['sec-fetch-site'] ?? 'none'
  return site === 'same-origin' || site === 'none'
}

async function isSignedIn(request: Request, deps: ControlDeps): Promise<boolean> {
  const session = sessionBehind(request, deps.sessions)
  if (session === undefined) return false
  return actorBehind(session, addressOf(request), deps).then(
    () => true,
    () => false,
  )
}

/** Redirects to the console with the reason in the fragment, which is sent to no server. */
function failed(response: Response, error: unknown, { audit, observe }: ControlDeps): void {
  if (!(error instanceof SignInFailed)) throw error
  const { why } = error
  if (why === 'unavailable') observe.failed('sign-in', error.cause ?? error)
  else if (why !== 'no_role')
    void audit.refused('signIn', 'reads', undefined, why === 'rate' ? 'ERR_RATE' : 'ERR_TOKEN_INVALID')
  response.redirect(303, `/#sign-in-failed=${why satisfies SignInFailure}`)
}

function requirePace(request: Request, { rates }: ControlDeps): void {
  if (!rates.address.take(addressOf(request))) throw new SignInFailed('rate')
}

/** The raw query: repeated parameters must be detected (RFC 6749 §3.1). */
function answerIn(request: Request): URLSearchParams {
  const at = request.originalUrl.indexOf('?')
  return new URLSearchParams(at < 0 ? '' : request.originalUrl.slice(at + 1))
}

/** A URL with a code is neither cached nor sent as a referrer (RFC 9700 §4.2.4). */
function guard(response: Response): void {
  response.setHeader('Cache-Control', 'no-store')
  response.setHeader('Referrer-Policy', 'no-referrer')
}

/** The console's cookies and CSRF check. */
import type { Request, Response } from 'express'
import { GatewayError } from '../../model/errors.ts'
import { AWAY_MS } from './issuer-sign-in.ts'
import { isCsrfOf, type Session, type Sessions } from './sessions.ts'

/** `__Host-`: bound to this host, with Secure and Path=/ (RFC 6265bis). */
export const COOKIE = '__Host-sluice-console'
/** CSRF header: foreign pages cannot read its value. */
const CSRF_HEADER = 'sluice-csrf'
const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Strict'

export function setCookie(response: Response, id: string): void {
  response.append('Set-Cookie', `${COOKIE}=${id}; ${ATTRIBUTES}`)
}

export function clearCookie(response: Response): void {
  response.setHeader('Set-Cookie', `${COOKIE}=; ${ATTRIBUTES}; Max-Age=0`)
}

/**
 * Binds a sign-in to the browser that began it (RFC 9700 §4.7). Lax, because the callback is a cross-site navigation, for
 * which a Strict cookie is not sent.
 */
const TICKET = '__Host-sluice-sign-in'
const TICKET_ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Lax'

export function setTicket(response: Response, ticket: string): void {
  response.append('Set-Cookie', `${TICKET}=${ticket}; ${TICKET_ATTRIBUTES}; Max-Age=${AWAY_MS / 1_000}`)
}

export function clearTicket(response: Response): void {
  response.append('Set-Cookie', `${TICKET}=; ${TICKET_ATTRIBUTES}; Max-Age=0`)
}

export function ticketOf(request: Request): string | undefined {
  return cookieNamed(request, TICKET)
}

/** The value of the session cookie; undefined if absent. */
export function cookieOf(request: Request): string | undefined {
  return cookieNamed(request, COOKIE)
}

function cookieNamed(request: Request, wanted: string): string | undefined {
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const [name, value] = pair.trim().split('=', 2)
    if (name === wanted && value !== undefined && value !== '') return value
  }
  return undefined
}

/** Does not check CSRF. */
export function sessionBehind(request: Request, sessions: Sessions): Session | undefined {
  const id = cookieOf(request)
  return id === undefined ? undefined : sessions.find(id)
}

/**
 * The request's valid session; undefined without one. Throws `ERR_CSRF` if the request would change something and lacks the
 * session's CSRF token.
 */
export function sessionOf(request: Request, sessions: Sessions): Session | undefined {
  const session = sessionBehind(request, sessions)
  if (session === undefined) return undefined
  const sent = request.headers[CSRF_HEADER]
  const onlyReads = request.method === 'GET' || request.method === 'HEAD'
  if (!onlyReads && (typeof sent !== 'string' || !isCsrfOf(session, sent))) throw new GatewayError('ERR_CSRF')
  return session
}

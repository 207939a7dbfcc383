/** The console's cookie: read from a request, and as it is set and taken back. */
import type { Request, Response } from 'express'
import { GatewayError } from '../../model/errors.ts'
import { AWAY_MS } from './issuer-sign-in.ts'
import { isCsrfOf, type Session, type Sessions } from './sessions.ts'

/** `__Host-`: a browser keeps it for this host alone, and only with Secure and Path=/ (RFC 6265bis). */
export const COOKIE = '__Host-sluice-console'
/** Header by which a page of ours shows that it is one: no other page can read the value. */
const CSRF_HEADER = 'sluice-csrf'
const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Strict'

export function setCookie(response: Response, id: string): void {
  response.append('Set-Cookie', `${COOKIE}=${id}; ${ATTRIBUTES}`)
}

export function clearCookie(response: Response): void {
  response.setHeader('Set-Cookie', `${COOKIE}=; ${ATTRIBUTES}; Max-Age=0`)
}

/**
 * Binds a sign-in at the issuer to the browser that began it (RFC 9700 §4.7). Lax: the way back comes from another site,
 * and a Strict cookie would stay behind.
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

/** The value of the session's cookie; undefined where none was sent. */
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

/** Proves nothing about the page that sent the request. */
export function sessionBehind(request: Request, sessions: Sessions): Session | undefined {
  const id = cookieOf(request)
  return id === undefined ? undefined : sessions.find(id)
}

/**
 * The session that a request rides on; undefined where it brings none that is good. Throws `ERR_CSRF` where it would change
 * something and the page that sends it does not know the session's CSRF token.
 */
export function sessionOf(request: Request, sessions: Sessions): Session | undefined {
  const session = sessionBehind(request, sessions)
  if (session === undefined) return undefined
  const sent = request.headers[CSRF_HEADER]
  const onlyReads = request.method === 'GET' || request.method === 'HEAD'
  if (!onlyReads && (typeof sent !== 'string' || !isCsrfOf(session, sent))) throw new GatewayError('ERR_CSRF')
  return session
}

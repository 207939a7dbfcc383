/** Opens a session, for every way of signing in. */
import type { Request, Response } from 'express'
import type { Actor } from '../../model/actor.ts'
import { clientAddress, type Trust } from '../../model/client-address.ts'
import type { AuditedCall } from '../access/audit.ts'
import type { ControlDeps } from '../deps.ts'
import { cookieOf, setCookie } from './cookie.ts'
import type { Held, Session } from './sessions.ts'

/** Opens and records a session that replaces the browser's previous one. Sets the cookie; the caller answers. */
export async function openFor(
  actor: Actor,
  held: Held,
  request: Request,
  response: Response,
  { audit, sessions }: ControlDeps,
): Promise<Session> {
  const call: AuditedCall = { call: 'signIn', actor, effect: 'stops', facts: {} }
  await audit.before(call)
  const before = cookieOf(request)
  if (before !== undefined) sessions.end(before)
  const { id, session } = sessions.open(held, actor.id)
  setCookie(response, id)
  await audit.after(call, 200, '')
  return session
}

export function addressOf(request: Request): string {
  return clientAddress(request, request.app.get('trust proxy fn') as Trust) ?? ''
}

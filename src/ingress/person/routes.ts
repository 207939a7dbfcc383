/** Routes of a user's own pages on the data plane. */
import type { Express, RequestHandler } from 'express'
import type { Trust } from '../../model/client-address.ts'
import type { IngressDeps } from '../deps.ts'
import { createPageContext } from './context.ts'
import { createMeHandlers } from './me-handlers.ts'
import { createOpenHandlers } from './me-open.ts'
import { createOwnPages } from './own-page.ts'
import { createPublicHandlers } from './public-handlers.ts'
import { createReceiptPage } from './receipt-handler.ts'
import { createSessions } from './session.ts'

/** Paths with a fixed set of methods; others are refused. */
export const PERSON_PATHS = [
  '/choices',
  '/choices/opt-out',
  '/me',
  '/me/link',
  '/me/choices',
  '/me/data',
  '/me/delete',
  '/me/object',
  '/me/leave',
]

/** @param before middleware of each form: capacity, and reading the body; `write` for changes, `ask` for reads */
export function addPersonPages(
  app: Express,
  deps: IngressDeps,
  trust: Trust,
  before: { readonly write: readonly RequestHandler[]; readonly ask: readonly RequestHandler[] },
): void {
  const context = createPageContext(deps)
  const { key, random } = deps.person
  const sessions = createSessions({ key, random, now: deps.now })
  const anyone = createPublicHandlers(deps, { context, sessions, trust })
  app.get('/choices', anyone.show)
  app.post('/choices', ...before.write, anyone.showFor)
  app.post('/choices/opt-out', ...before.write, anyone.optOut)
  app.post('/receipts', ...before.ask, createReceiptPage(deps, context))
  const parts = { context, sessions, pages: createOwnPages(deps, sessions) }
  const opens = createOpenHandlers(deps, parts)
  const me = createMeHandlers(deps, parts)
  app.get('/me', opens.show)
  app.post('/me', ...before.write, opens.open)
  app.get('/me/link/:token', opens.showLink)
  app.post('/me/link', ...before.write, opens.openLink)
  app.post('/me/choices', ...before.write, me.choose)
  app.get('/me/data', me.data)
  app.get(['/me/data.csv', '/me/data.json'], me.dataFile)
  app.post('/me/object', ...before.write, me.object)
  app.get('/me/delete', me.askErase)
  app.post('/me/delete', ...before.write, me.erase)
  app.post('/me/leave', ...before.write, opens.leave)
}

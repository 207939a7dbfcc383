/** Opens `/me` by the account's token or by a link, shows it, and closes it. Viewing a link does not use it up. */
import type { Request, RequestHandler, Response } from 'express'
import { GatewayError } from '../../model/errors.ts'
import type { IngressDeps } from '../deps.ts'
import { createUserReader, type User } from '../user.ts'
import { type PageContext, requireRunning } from './context.ts'
import { fieldsOf } from './forms.ts'
import { seeOther } from './frame.ts'
import { type Language, languageOf } from './language.ts'
import { leftPage, linkBadPage, linkPage, mePage, needPage } from './me-pages.ts'
import type { OwnPages } from './own-page.ts'
import { createView } from './own-view.ts'
import { isForeign, type Person, type Sessions } from './session.ts'

export interface OpenHandlers {
  readonly show: RequestHandler
  /** The app posts the account's token; the page opens in a browser. */
  readonly open: RequestHandler
  readonly showLink: RequestHandler
  readonly openLink: RequestHandler
  readonly leave: RequestHandler
}

export interface PageParts {
  readonly context: PageContext
  readonly sessions: Sessions
  readonly pages: OwnPages
}

export function createOpenHandlers(deps: IngressDeps, { context, sessions, pages }: PageParts): OpenHandlers {
  const { revisions } = deps
  const userOf = createUserReader(deps)
  const { links } = deps.person
  const policy = () => revisions.current().policy
  const viewOf = createView(deps, context)
  const showOpened = async (request: Request, response: Response, user: User, language: Language): Promise<void> => {
    const own = pages.ownOf(sessions.open(response, personOf(user)))
    if (own === undefined) throw new GatewayError('ERR_TOKEN_INVALID')
    // The browser's opt-out signal covers a known user (11 CCR 7025(c)).
    await context.honour(request, own.keys)
    context.send(response, language, mePage(await viewOf(request, own, language)))
  }
  return {
    show: context.page(async (request, response) => {
      const language = languageOf(request)
      const user = await userOf(request)
      if (user !== undefined) return showOpened(request, response, user, language)
      const open = sessions.of(request)
      const own = open === undefined ? undefined : pages.ownOf(open)
      const page = own === undefined ? needPage(language, policy()) : mePage(await viewOf(request, own, language))
      context.send(response, language, page)
    }),

    // Answers with the page itself: after a cross-site redirect the browser would not send a strict cookie.
    open: context.page(async (request, response) => {
      requireRunning(deps)
      const fields = request.headers.authorization === undefined ? fieldsOf(request) : new Map<string, string>()
      const language = languageOf(request, fields.get('lang') ?? request.query.lang)
      const token = fields.get('token')
      if (token !== undefined) request.headers.authorization = `Bearer ${token}`
      const user = await userOf(request)
      if (user === undefined) throw new GatewayError('ERR_TOKEN_MISSING')
      await showOpened(request, response, user, language)
    }),

    showLink: context.page((request, response) => {
      const language = languageOf(request)
      const token = String(request.params.token)
      const isOurs = links.isOurs(token)
      context.send(response, language, isOurs ? linkPage(language, token) : linkBadPage(language, policy()))
    }),

    openLink: context.page(async (request, response) => {
      requireRunning(deps)
      const fields = fieldsOf(request)
      const language = languageOf(request, fields.get('lang'))
      if (isForeign(request)) throw new GatewayError('ERR_FORM')
      const link = await links.open(fields.get('token') ?? '')
      if (link === undefined) return context.send(response, language, linkBadPage(language, policy()))
      const { purpose, keys } = link
      sessions.open(response, { kind: 'link', purpose, keys })
      await context.honour(request, keys)
      seeOther(response, '/me', language)
    }),

    leave: context.page((request, response) => {
      const fields = fieldsOf(request)
      const language = languageOf(request, fields.get('lang'))
      const open = sessions.of(request)
      if (open !== undefined) sessions.requireMark(request, open, fields.get('mark'))
      sessions.close(response, open)
      context.send(response, language, leftPage(language))
    }),
  }
}

function personOf({ app, identity, since }: User): Person {
  return {
    kind: 'user',
    app: app.id,
    identity,
    ...(since === undefined ? {} : { since }),
  }
}

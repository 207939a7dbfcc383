/**
 * `/choices`: opting out without an account. It shows this request's signals and public facts, and it narrows. It
 * neither reads nor shows stored choices, so a known and an unknown device get the same answer.
 */
import type { RequestHandler } from 'express'
import { parseIdentities } from '../../choices/named.ts'
import { clientAddress, type Trust } from '../../model/client-address.ts'
import { GatewayError } from '../../model/errors.ts'
import { IDENTITY_KINDS } from '../../model/event.ts'
import { addressGroup } from '../../platform/address-group.ts'
import type { IngressDeps } from '../deps.ts'
import { createNarrowing } from '../narrowing.ts'
import { createAppReader } from '../write-key.ts'
import { type PageContext, requireRunning } from './context.ts'
import { deniedBy } from './controls.ts'
import { fieldsOf } from './forms.ts'
import { languageOf } from './language.ts'
import { choicesPage, donePage, isPublicChoice } from './public-pages.ts'
import type { Sessions } from './session.ts'

export interface PublicHandlers {
  readonly show: RequestHandler
  /** The app posts its write key and the device's identities. */
  readonly showFor: RequestHandler
  readonly optOut: RequestHandler
}

export function createPublicHandlers(
  deps: IngressDeps,
  { context, sessions, trust }: { readonly context: PageContext; readonly sessions: Sessions; readonly trust: Trust },
): PublicHandlers {
  const { choices, revisions, limits, now } = deps
  const requireApp = createAppReader(revisions, limits.unknownKeyGraceMs, now)
  const narrow = createNarrowing(deps)
  return {
    show: context.page((request, response) => {
      const language = languageOf(request)
      context.send(
        response,
        language,
        choicesPage({
          language,
          policy: revisions.current().policy,
          signals: context.signalsOf(request),
          entries: context.entriesIn(language),
        }),
      )
    }),

    showFor: context.page(async (request, response) => {
      requireRunning(deps)
      const fields = fieldsOf(request)
      const app = requireApp(request.headers, { writeKey: fields.get('writeKey') })
      const named = Object.fromEntries(
        IDENTITY_KINDS.flatMap((kind) => (fields.get(kind) ? [[kind, fields.get(kind)]] : [])),
      )
      const { identities } = parseIdentities(named, app.userIds)
      if (identities.length === 0) throw new GatewayError('ERR_IDENTITY_INVALID', { needs: IDENTITY_KINDS })
      const keys = identities.flatMap((identity) => choices.keysFor(identity))
      await context.honour(request, keys)
      const language = languageOf(request, fields.get('lang') ?? request.query.lang)
      context.send(
        response,
        language,
        choicesPage({
          language,
          policy: revisions.current().policy,
          signals: context.signalsOf(request),
          entries: context.entriesIn(language),
          device: sessions.sealDevice({ app: app.id, keys, identities }),
        }),
      )
    }),

    optOut: context.page(async (request, response) => {
      requireRunning(deps)
      const fields = fieldsOf(request)
      const what = fields.get('what')
      const device = sessions.openDevice(fields.get('device') ?? '')
      const denies = isPublicChoice(what) ? deniedBy(what) : undefined
      if (device === undefined) throw new GatewayError('ERR_FORM')
      if (denies === undefined || !isPublicChoice(what)) throw new GatewayError('ERR_CHOICE_INVALID')
      const from = `${device.app} ${addressGroup(clientAddress(request, trust))}`
      const statement = { denies, permits: 0, child: false, channel: 'app', saidBy: 'app', at: now() } as const
      await narrow(from, device.keys, statement, device.app, device.identities)
      const receipt = await deps.receipts.issue('opt_out', device.identities)
      const language = languageOf(request, fields.get('lang'))
      context.send(response, language, donePage(language, what, receipt))
    }),
  }
}

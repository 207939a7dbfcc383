/** The contents of an open page, gathered on each request within its purpose. */
import type { Request } from 'express'
import type { Case } from '../../subjects/desk/case.ts'
import type { Receipt } from '../../subjects/receipts.ts'
import type { IngressDeps } from '../deps.ts'
import type { PageContext } from './context.ts'
import type { Language } from './language.ts'
import type { OwnView } from './me-pages.ts'
import type { Own } from './own-page.ts'

/**
 * @param receipt of the change that the request made
 * @param opened the case that the request opened, or an open one
 */
export type ViewOf = (
  request: Request,
  own: Own,
  language: Language,
  receipt?: Receipt,
  opened?: Case,
) => Promise<OwnView>

export function createView(
  { choices, revisions }: Pick<IngressDeps, 'choices' | 'revisions'>,
  context: PageContext,
): ViewOf {
  return async (request, own, language, receipt, opened) => ({
    language,
    policy: revisions.current().policy,
    signals: context.signalsOf(request),
    entries: context.entriesIn(language),
    purpose: own.purpose,
    until: own.open.until,
    mark: own.open.mark,
    ...(own.purpose === 'all' || own.purpose === 'choices' ? { standing: await choices.list(own.keys) } : {}),
    ...(receipt === undefined ? {} : { receipt }),
    ...(opened === undefined ? {} : { opened }),
  })
}

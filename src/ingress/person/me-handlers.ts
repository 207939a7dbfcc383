/**
 * Handles the forms and files of `/me`. Every action is a form of the page itself; a link serves its one purpose and
 * only narrows.
 */
import type { RequestHandler } from 'express'
import { kindOfKey } from '../../choices/identity.ts'
import type { ChoiceStatement } from '../../model/choice.ts'
import { type ErrorCode, GatewayError } from '../../model/errors.ts'
import type { Case } from '../../subjects/desk/case.ts'
import { type Receipt, verbOf } from '../../subjects/receipts.ts'
import type { ErasureAnswer, StatementRequest } from '../../subjects/rights.ts'
import type { Statement } from '../../subjects/statement.ts'
import { STATEMENT_CSV, statementCsv } from '../../subjects/statement-csv.ts'
import type { IngressDeps } from '../deps.ts'
import { pageAfter } from '../me-data.ts'
import { createOwnRights } from '../own-rights.ts'

import { CONTROL_BITS, controlOf, deniedBy } from './controls.ts'
import { dataPage } from './data-page.ts'
import { fieldsOf } from './forms.ts'
import { setPrivate } from './frame.ts'
import { languageOf } from './language.ts'
import type { PageParts } from './me-open.ts'
import { allowPage, erasedPage, erasePage, leftToStaffPage, mePage } from './me-pages.ts'
import type { Own } from './own-page.ts'
import { createView } from './own-view.ts'

/** Refusals of an erasure that only staff can resolve. */
const LEFT_TO_STAFF: readonly ErrorCode[] = ['ERR_LEGAL_HOLD', 'ERR_ACCOUNTS_LINKED']

export interface MeHandlers {
  readonly choose: RequestHandler
  readonly data: RequestHandler
  readonly dataFile: RequestHandler
  /** Opens a case; the objection takes effect at once. */
  readonly object: RequestHandler
  readonly askErase: RequestHandler
  readonly erase: RequestHandler
}

export function createMeHandlers(deps: IngressDeps, { context, sessions, pages }: PageParts): MeHandlers {
  const { choices, revisions, rights, stateChoice, receipts, desk, now } = deps
  const ownRights = createOwnRights(deps)
  const viewOf = createView(deps, context)
  const policy = () => revisions.current().policy

  /** By a link: what staff would hand over, after verifying that the identities are the user's. */
  const statementFor = async (
    { user, keys }: Own,
    options: Pick<StatementRequest, 'after' | 'words'>,
  ): Promise<Statement> => {
    if (user !== undefined) return ownRights.statement(user, options)
    const person = await choices.personOf(keys, false)
    return rights.statement(person.keys, {
      channel: 'link',
      otherAccounts: person.otherAccounts,
      foundBy: keys.filter((key) => kindOfKey(key) !== 'user'),
      ...options,
    })
  }
  /** Answers with the updated page and the receipt. A reload repeats a denial, but never a permission. */
  const state = async (own: Own, said: Pick<ChoiceStatement, 'denies' | 'permits'>): Promise<Receipt> => {
    const { user, keys } = own
    const isOne = user !== undefined && !user.ambiguous
    const statement: ChoiceStatement = {
      ...said,
      child: false,
      channel: isOne ? 'user_token' : 'app',
      saidBy: user === undefined ? 'link' : 'user',
      at: now(),
    }
    await stateChoice(keys, statement, user?.app.id, user === undefined ? [] : [user.identity])
    return receipts.issue(verbOf(statement), user === undefined ? [] : [user.identity])
  }

  const openCase = async ({ user, keys }: Own, kind: 'objection' | 'deletion'): Promise<Case> =>
    desk.openOnce({ kind, who: keys, by: 'person', through: user === undefined ? 'link' : 'account', actor: 'person' })
  const withReceipt = async (erased: ErasureAnswer) => ({ ...erased, receipt: await receipts.issue('erase', []) })

  return {
    choose: context.page(async (request, response) => {
      const fields = fieldsOf(request)
      const language = languageOf(request, fields.get('lang'))
      const own = pages.requireForm(request, fields, 'choices')
      const what = fields.get('what')
      if (fields.get('act') === 'deny') {
        const denies = deniedBy(what)
        if (denies === undefined) throw new GatewayError('ERR_CHOICE_INVALID')
        const receipt = await state(own, { denies, permits: 0 })
        return context.send(response, language, mePage(await viewOf(request, own, language, receipt)))
      }
      const control = controlOf(what)
      if (fields.get('act') !== 'allow' || control === undefined) throw new GatewayError('ERR_CHOICE_INVALID')
      // Only the account's own token widens, and in two steps (11 CCR 7028).
      if (own.purpose !== 'all') throw new GatewayError('ERR_CHOICE_WIDENS')
      const step = fields.get('step')
      if (step === undefined) {
        const first = sessions.firstStep(own.open, control, await choices.list(own.keys))
        return context.send(response, language, allowPage(language, policy(), control, own.open.mark, first))
      }
      sessions.requireFirstStep(own.open, control, step, await choices.list(own.keys))
      const receipt = await state(own, { denies: 0, permits: CONTROL_BITS[control] })
      context.send(response, language, mePage(await viewOf(request, own, language, receipt)))
    }),

    data: context.page(async (request, response) => {
      const language = languageOf(request)
      const own = pages.requireOpen(request, 'access')
      const statement = await statementFor(own, { ...pageAfter(request), words: language.statement })
      context.send(response, language, dataPage(language, statement))
    }),

    dataFile: context.page(async (request, response) => {
      const isCsv = request.path.endsWith('.csv')
      const own = pages.requireOpen(request, 'access')
      const statement = await statementFor(own, { ...pageAfter(request), words: languageOf(request).statement })
      setPrivate(response)
      response.setHeader('Content-Type', isCsv ? STATEMENT_CSV : 'application/json; charset=utf-8')
      response.setHeader('Content-Disposition', `attachment; filename="disclosures.${isCsv ? 'csv' : 'json'}"`)
      response.end(isCsv ? statementCsv(statement) : JSON.stringify(statement, undefined, 2))
    }),

    object: context.page(async (request, response) => {
      const fields = fieldsOf(request)
      const language = languageOf(request, fields.get('lang'))
      const own = pages.requireForm(request, fields, 'choices')
      // If two issuers vouch for the id, the objecting user is ambiguous.
      if (own.purpose === 'opt_out') throw new GatewayError('ERR_NAMESPACE_SHARED')
      const opened = await openCase(own, 'objection')
      const receipt = await receipts.issue('opt_out', own.user === undefined ? [] : [own.user.identity])
      context.send(response, language, mePage(await viewOf(request, own, language, receipt, opened)))
    }),

    askErase: context.page((request, response) => {
      const language = languageOf(request)
      context.send(response, language, erasePage(language, pages.requireOpen(request, 'erasure').open.mark))
    }),

    erase: context.page(async (request, response) => {
      const fields = fieldsOf(request)
      const language = languageOf(request, fields.get('lang'))
      const own = pages.requireForm(request, fields, 'erasure')
      const { user, keys, open } = own
      if (fields.get('confirm') !== 'erase') throw new GatewayError('ERR_CHOICE_INVALID')
      // A link for this means that staff verified the user.
      const erasing =
        user === undefined ? rights.erase(keys, { channel: 'staff' }).then(withReceipt) : ownRights.erase(user)
      const { receipt, ...erased } = await erasing.catch((error: unknown) => {
        if (!(error instanceof GatewayError) || !LEFT_TO_STAFF.includes(error.code)) throw error
        return { receipt: undefined }
      })
      if (receipt === undefined) {
        // A legal hold, or accounts of other users: staff decides, within the legal deadline.
        const opened = await openCase(own, 'deletion')
        return context.send(response, language, leftToStaffPage(language, policy(), opened))
      }
      sessions.close(response, open)
      context.send(response, language, erasedPage(language, erased as ErasureAnswer, receipt))
    }),
  }
}

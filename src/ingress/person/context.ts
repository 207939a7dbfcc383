/** What both kinds of page read from a request and from the live revision. */
import type { Request, RequestHandler, Response } from 'express'
import type { IdentityKey, PartnerId } from '../../model/brand.ts'
import type { Policy } from '../../model/contract.ts'
import { ERROR_CODES, type ErrorCode, GatewayError } from '../../model/errors.ts'
import { createDecoders } from '../../signals/decoders.ts'
import { findSignals } from '../../signals/findings.ts'
import { noteError } from '../answers.ts'
import type { IngressDeps } from '../deps.ts'
import { headerValues } from '../header-values.ts'
import { createEntryReader, type ReadEntry } from '../public-list/entry.ts'
import { html } from '../public-list/html.ts'
import { type Page, sendPage, withContact } from './frame.ts'
import { type Language, languageOf } from './language.ts'
import type { ListedEntry, RequestSignals } from './parts.ts'
import type { Texts } from './texts/en.ts'

export interface PageContext {
  /** Answers errors as pages, in the reader's language. */
  page(handler: (request: Request, response: Response) => Promise<void> | void): RequestHandler
  send(response: Response, language: Language, page: Page): void
  signalsOf(request: Request): RequestSignals
  entriesIn(language: Language): readonly ListedEntry[]
  /** Applies the request's Global Privacy Control to these identities; resolves once it is in force. */
  honour(request: Request, keys: readonly IdentityKey[]): Promise<void>
}

export function createPageContext(deps: IngressDeps): PageContext {
  const { revisions, types, choices, now, observe, limits } = deps
  const decoders = createDecoders()
  const readers = new Map<string, ReadEntry>()
  const readerOf = ({ code, partner }: Language): ReadEntry => {
    const known = readers.get(code) ?? createEntryReader(types, partner)
    readers.set(code, known)
    return known
  }
  const policy = () => revisions.current().policy
  return {
    page: (handler) => async (request, response) => {
      try {
        await handler(request, response)
      } catch (error) {
        const known = noteError('pages', error, observe)
        if (response.headersSent) throw error
        const { status, retry } = ERROR_CODES[known.code]
        if (retry) response.setHeader('Retry-After', String(limits.retryAfterSeconds))
        const language = languageOf(request)
        sendPage(response, language, policy(), failedPage(language, known.code, status, policy()))
      }
    },
    send: (response, language, page) => sendPage(response, language, policy(), page),
    signalsOf: (request) => ({
      gpc: headerValues(request, 'sec-gpc').includes('1'),
      dnt: headerValues(request, 'dnt').includes('1'),
    }),
    entriesIn: (language) => {
      const plan = revisions.current()
      const read = readerOf(language)
      return plan.contracts
        .flatMap((contract) => read(contract, plan, now()) ?? [])
        .map((entry) => ({ ...entry, stopped: revisions.stopped(entry.id as PartnerId) }))
        .toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
    },
    honour: async (request, keys) => {
      const at = now()
      const raw = { gpc: headerValues(request, 'sec-gpc'), dnt: headerValues(request, 'dnt') }
      const context = { honoured: policy().honour, categories: {}, decoders, from: at, until: at }
      const { findings } = findSignals(raw, context)
      const restricting = findings.filter(({ denies }) => denies !== 0)
      // Separately: the request does not show that they belong together.
      if (restricting.length > 0)
        await choices.observe(keys.map((key) => ({ identities: [key], restricting, lifting: [], at })))
    },
  }
}

const WORDS: Readonly<Partial<Record<ErrorCode, keyof Texts>>> = {
  ERR_FORM: 'failedForm',
  ERR_NAMESPACE_SHARED: 'failedShared',
  ERR_LEGAL_HOLD: 'failedHold',
  ERR_ACCOUNTS_LINKED: 'failedAccounts',
  ERR_CHOICE_WIDENS: 'failedWidens',
}

function failedPage(language: Language, code: ErrorCode, status: number, policy: Policy): Page {
  const { texts } = language
  const words = texts[WORDS[code] ?? (status >= 500 || status === 429 ? 'failedNow' : 'failedAsk')]
  // Sound: the names above are of plain texts.
  return {
    title: texts.failedTitle,
    status,
    body: html`<p class="note">${withContact(language, words as string, policy)}</p>`,
  }
}

/** Throws `ERR_STOPPING` if the gateway is stopping. */
export function requireRunning({ stopping }: Pick<IngressDeps, 'stopping'>): void {
  if (stopping()) throw new GatewayError('ERR_STOPPING')
}

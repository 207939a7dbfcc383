/** `POST /receipts`: checks a user's receipt, as a page. Reads no personal data. */
import type { RequestHandler } from 'express'
import type { JsonObject } from '../../model/brand.ts'
import { tryJson } from '../../model/json-text.ts'
import type { IngressDeps } from '../deps.ts'
import type { PageContext } from './context.ts'
import { fieldsOf } from './forms.ts'
import { languageOf } from './language.ts'
import { receiptPage } from './receipt-pages.ts'

export function createReceiptPage({ receipts }: Pick<IngressDeps, 'receipts'>, context: PageContext): RequestHandler {
  return context.page(async (request, response) => {
    const fields = fieldsOf(request)
    const language = languageOf(request, fields.get('lang'))
    const text = fields.get('receipt') ?? ''
    const read = tryJson(text)
    const receipt = typeof read === 'object' && read !== null ? (read as JsonObject) : {}
    context.send(response, language, receiptPage(language, await receipts.check(receipt), text))
  })
}

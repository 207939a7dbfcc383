/** A receipt on the page of its change, and the result of checking one. */
import type { Receipt, ReceiptVerdict } from '../../subjects/receipts.ts'
import { type Html, html } from '../public-list/html.ts'
import type { Page } from './frame.ts'
import { dayIn, fill, type Language } from './language.ts'
import { button } from './parts.ts'

export function receiptSection({ texts, code }: Language, receipt: Receipt): Html {
  const text = JSON.stringify(receipt, undefined, 2)
  return html`<section aria-labelledby="receipt"><h2 id="receipt">${texts.receipt}</h2><p>${texts.receiptIntro}</p>
<details><summary>${texts.receiptShow}</summary><pre>${text}</pre></details>
${button('/receipts', { receipt: text, lang: code }, texts.receiptCheck, 'plain')}</section>`
}

/** @param receipt as submitted, to be checked again */
export function receiptPage(language: Language, verdict: ReceiptVerdict, receipt: string): Page {
  const { texts, code } = language
  if (verdict.state === 'invalid')
    return { title: texts.receiptBadTitle, body: html`<p class="note">${texts.receiptBad}</p>` }
  const { verb, time, policy, index, size } = verdict
  const values = {
    // Sound: a value of a later version is shown as it is.
    verb: (texts.verbs as Readonly<Record<string, string>>)[verb] ?? verb,
    time: time.slice(0, 16).replace('T', ' '),
    policy: dayIn(language, policy),
    index: String(index),
  }
  const isProved = size !== undefined
  return {
    title: isProved ? texts.receiptGoodTitle : texts.receiptPromisedTitle,
    body: html`<p class="done" role="status">${fill(isProved ? texts.receiptGood : texts.receiptPromised, values)}</p>
${isProved ? html`` : button('/receipts', { receipt, lang: code }, texts.receiptCheck, 'plain')}
<details><summary>${texts.receiptShow}</summary><pre>${receipt}</pre></details>
<p><a class="button plain" href="/choices?lang=${code}">${texts.choices}</a></p>`,
  }
}

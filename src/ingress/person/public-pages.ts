/** The page without an account: explains opting out and does it, with no knowledge of the user. */
import type { Policy } from '../../model/contract.ts'
import type { Receipt } from '../../subjects/receipts.ts'
import { type Html, html } from '../public-list/html.ts'
import { type Page, withContact } from './frame.ts'
import type { Language } from './language.ts'
import { companiesSection, industrySection, type ListedEntry, type RequestSignals, signalsSection } from './parts.ts'

import { receiptSection } from './receipt-pages.ts'

export interface PublicView {
  readonly language: Language
  readonly policy: Policy
  readonly signals: RequestSignals
  readonly entries: readonly ListedEntry[]
  /** The identities that the app posted, sealed; undefined if there were none. */
  readonly device?: string
}

export function choicesPage({ language, policy, signals, entries, device }: PublicView): Page {
  const { texts } = language
  return {
    title: texts.choices,
    ...(device === undefined ? { path: '/choices' } : {}),
    body: html`<p>${texts.publicIntro}</p>
${device === undefined ? html`` : optOutForms(language, device)}
${signalsSection(language, policy, signals, device === undefined ? 'request' : 'device')}
<section aria-labelledby="how"><h2 id="how">${texts.optOutHow}</h2><ul><li>${texts.optOutInApp}</li><li>${texts.optOutInDevice}</li>
<li>${texts.optOutInBrowser}</li><li>${withContact(language, texts.optOutByLink, policy)}</li></ul><p>${texts.publicOnly}</p></section>
${companiesSection(language, entries)}
${industrySection(language)}`,
  }
}

function optOutForms({ texts, code }: Language, device: string): Html {
  return html`<section aria-labelledby="here"><h2 id="here">${texts.optOutHere}</h2><p>${texts.optOutWhat}</p>
<form method="post" action="/choices/opt-out"><input type="hidden" name="device" value="${device}"><input type="hidden" name="lang" value="${code}">
<div class="row"><button type="submit" name="what" value="ads_all">${texts.optOutAds}</button>
<button type="submit" name="what" value="location" class="plain">${texts.optOutLocation}</button>
<button type="submit" name="what" value="all" class="plain">${texts.optOutAll}</button></div></form></section>`
}

const DONE = { ads_all: 'doneAds', location: 'doneLocation', all: 'doneAll' } as const

export function isPublicChoice(what: string | undefined): what is keyof typeof DONE {
  return what !== undefined && Object.hasOwn(DONE, what)
}

export function donePage(language: Language, what: keyof typeof DONE, receipt: Receipt): Page {
  const { texts, code } = language
  return {
    title: texts.doneTitle,
    body: html`<p class="done" role="status">${texts[DONE[what]]}</p>
${receiptSection(language, receipt)}
<p><a class="button plain" href="/choices?lang=${code}">${texts.back}</a></p>`,
  }
}

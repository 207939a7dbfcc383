/** A user's own pages: stored choices, restrictions, who received what, and deletion. */

import type { EpochMs } from '../../model/brand.ts'
import type { StandingChoice } from '../../model/choice.ts'
import type { Policy } from '../../model/contract.ts'
import { ADVERTISING_DIMENSIONS, ALL_DIMENSIONS } from '../../model/signal.ts'
import type { Case } from '../../subjects/desk/case.ts'
import type { LinkPurpose } from '../../subjects/links.ts'
import type { Receipt } from '../../subjects/receipts.ts'
import type { ErasureAnswer } from '../../subjects/rights.ts'
import { type Html, html, NOTHING } from '../public-list/html.ts'
import { CONTROLS, type Control, stateOf } from './controls.ts'
import { type Page, withContact } from './frame.ts'
import { dayIn, fill, type Language } from './language.ts'
import {
  button,
  companiesSection,
  industrySection,
  type ListedEntry,
  type RequestSignals,
  signalsSection,
} from './parts.ts'

import { receiptSection } from './receipt-pages.ts'

export interface OwnView {
  readonly language: Language
  readonly policy: Policy
  readonly signals: RequestSignals
  readonly entries: readonly ListedEntry[]
  /**
   * What the session permits: `all` with the account's token, `opt_out` if two issuers share the account's namespace.
   */
  readonly purpose: LinkPurpose | 'all' | 'opt_out'
  readonly until: EpochMs
  readonly mark: string
  /** Undefined if the page may not show them. */
  readonly standing?: readonly StandingChoice[]
  /** For the choice that was just put in force. */
  readonly receipt?: Receipt
  /** The case that was just opened. */
  readonly opened?: Case
}

export function mePage(view: OwnView): Page {
  const { language, policy, signals, entries, purpose, until, mark, receipt, standing, opened } = view
  const { texts, code } = language
  const shows = (what: LinkPurpose): boolean => purpose === 'all' || purpose === what
  return {
    title: texts.me,
    path: '/me',
    body: html`${receipt === undefined ? NOTHING : html`<p class="done" role="status">${opened === undefined ? texts.changed : caseLine(language, texts.objected, opened)}</p>${receiptSection(language, receipt)}`}
<p class="soft">${fill(texts.until, { time: new Date(until).toISOString().slice(11, 16) })}</p>
${purpose === 'opt_out' ? html`<p>${withContact(language, texts.failedShared, policy)}</p>${denyAll(view)}` : NOTHING}
${shows('choices') ? html`${signalsSection(language, policy, signals, 'account')}${controlsSection(view)}${restrictionsSection(language, standing ?? [])}${companiesSection(language, entries)}` : NOTHING}
${shows('access') ? dataSection(language) : NOTHING}
${shows('erasure') ? html`<section aria-labelledby="erase"><h2 id="erase">${texts.erase}</h2><p>${texts.eraseIntro}</p><p><a class="button plain" href="/me/delete?lang=${code}">${texts.eraseGo}</a></p></section>` : NOTHING}
<section aria-labelledby="object"><h2 id="object">${texts.object}</h2><p>${withContact(language, texts.objectIntro, policy)}</p>${shows('choices') ? html`<p>${texts.objectWhat}</p>${button('/me/object', { mark, lang: code }, texts.objectGo, 'plain')}` : NOTHING}</section>
${shows('choices') ? industrySection(language) : NOTHING}
${button('/me/leave', { mark, lang: code }, texts.leave, 'plain')}`,
  }
}

function controlsSection(view: OwnView): Html {
  const { language, policy, purpose, standing = [], mark } = view
  const { texts, code } = language
  const items = CONTROLS.map((name) => {
    const state = stateOf(name, standing)
    const words = { denied: texts.stateDenied, allowed: texts.stateAllowed, open: texts.stateOpen }[state]
    const label = nameOf(language, name)
    const post = (act: 'deny' | 'allow'): Html =>
      html`<form method="post" action="/me/choices"><input type="hidden" name="mark" value="${mark}"><input type="hidden" name="lang" value="${code}"><input type="hidden" name="act" value="${act}"><button type="submit" name="what" value="${name}"${act === 'allow' ? html` class="plain"` : NOTHING} aria-label="${fill(act === 'deny' ? texts.denyNamed : texts.allowNamed, { name: label })}">${act === 'deny' ? texts.deny : texts.allow}</button></form>`
    return html`<article aria-labelledby="c-${name}"><h3 id="c-${name}">${label}</h3><p>${whatOf(language, policy, name)}</p>
<p class="state">${words}</p><div class="row">${state === 'denied' ? NOTHING : post('deny')}${purpose === 'all' && state !== 'allowed' ? post('allow') : NOTHING}</div></article>
`
  })
  const isChild = standing.some(({ child }) => child)
  return html`<section aria-labelledby="choices"><h2 id="choices">${texts.yourChoices}</h2>
${isChild ? html`<p class="note">${texts.child}</p>` : NOTHING}${items}${CONTROLS.every((name) => stateOf(name, standing) === 'denied') ? NOTHING : denyAll(view)}${purpose === 'all' ? NOTHING : html`<p class="soft">${texts.onlyNo}</p>`}</section>`
}

function denyAll({ language: { texts, code }, mark }: OwnView): Html {
  return button('/me/choices', { mark, lang: code, act: 'deny', what: 'all' }, texts.denyAll)
}

export function nameOf({ texts }: Language, control: Control): string {
  return { ads: texts.adsName, targeted: texts.targetedName, location: texts.locationName }[control]
}

function whatOf({ texts }: Language, { minAreaKm2 }: Policy, control: Control): string {
  return {
    ads: texts.adsWhat,
    targeted: texts.targetedWhat,
    location: fill(texts.locationWhat, { area: String(minAreaKm2) }),
  }[control]
}

/** Every denial, oldest first, with its origin. */
function restrictionsSection(language: Language, standing: readonly StandingChoice[]): Html {
  const { texts } = language
  const lines = standing
    .filter(({ denies, child }) => denies !== 0 || child)
    .toSorted((a, b) => a.at - b.at)
    .map((one) => {
      const { kind, denies, channel, at } = one
      const what = CONTROLS.filter((name) => stateOf(name, [one]) === 'denied').map((name) => nameOf(language, name))
      const which =
        (denies & ALL_DIMENSIONS) === ADVERTISING_DIMENSIONS || what.length > 0 ? `: ${what.join('; ')}` : ''
      return html`<li><strong>${texts.kinds[kind]}</strong>${which} (${texts.channels[channel]}, ${fill(texts.since, { date: dayIn(language, at) })})</li>`
    })
  return html`<section aria-labelledby="restricts"><h2 id="restricts">${texts.restricts}</h2>
${lines.length === 0 ? html`<p>${texts.restrictsNothing}</p>` : html`<ul>${lines}</ul>`}</section>`
}

function dataSection({ texts, code }: Language): Html {
  return html`<section aria-labelledby="data"><h2 id="data">${texts.data}</h2><p>${texts.dataIntro}</p>
<ul><li><a href="/me/data?lang=${code}">${texts.dataShow}</a></li><li><a href="/me/data.csv?lang=${code}" download>${texts.dataCsv}</a></li>
<li><a href="/me/data.json?lang=${code}" download>${texts.dataJson}</a></li></ul></section>`
}

export function allowPage(language: Language, policy: Policy, control: Control, mark: string, step: string): Page {
  const { texts, code } = language
  const sure = fill(texts.allowSure, { name: nameOf(language, control), what: whatOf(language, policy, control) })
  return {
    title: texts.allowTitle,
    body: html`<p>${sure}</p><div class="row">${button('/me/choices', { mark, lang: code, act: 'allow', what: control, step }, texts.allowYes)}
<form method="get" action="/me"><input type="hidden" name="lang" value="${code}"><button type="submit" class="plain">${texts.allowNo}</button></form></div>`,
  }
}

export function erasePage({ texts, code }: Language, mark: string): Page {
  return {
    title: texts.eraseTitle,
    path: '/me/delete',
    body: html`<p>${texts.eraseIntro}</p><p class="note">${texts.eraseSure}</p><div class="row">${button('/me/delete', { mark, lang: code, confirm: 'erase' }, texts.eraseYes)}
<form method="get" action="/me"><input type="hidden" name="lang" value="${code}"><button type="submit" class="plain">${texts.eraseNo}</button></form></div>`,
  }
}

/** Deletion notices sent to the company or pending. */
const GETS_TOLD: readonly string[] = ['waiting', 'trying', 'polling', 'accepted', 'confirmed']

export function erasedPage(language: Language, erased: ErasureAnswer, receipt: Receipt): Page {
  const { texts } = language
  const numbers = { keys: String(erased.keys_destroyed), pairs: String(erased.pairs_ended) }
  const recipients = erased.recipients.map(
    ({ name, contact, privacy_policy: policy, deletion, told = [] }) =>
      html`<li><strong>${name}</strong>: ${contact}${policy === '' ? NOTHING : html` <a href="${policy}" rel="noreferrer">${texts.itsPolicy}</a>`}${deletion === undefined ? NOTHING : html` <span lang="en">${deletion}</span>`}${told.some(({ state }) => GETS_TOLD.includes(state)) ? html` ${texts.erasedTold}` : NOTHING}</li>`,
  )
  const [before = '', after = ''] = texts.erasedCode.split('{code}')
  return {
    title: texts.erasedTitle,
    body: html`<p class="done" role="status">${fill(texts.erased, numbers)}</p>
<p>${recipients.length === 0 ? texts.erasedNobody : texts.erasedRecipients}</p>${recipients.length === 0 ? NOTHING : html`<ul>${recipients}</ul>`}
${erased.code === undefined ? NOTHING : html`<p>${before}<code>${erased.code}</code>${after}</p>`}${receiptSection(language, receipt)}`,
  }
}

/** A case's name on the page, and its deadline. */
function caseLine(language: Language, words: string, { id, due }: Case): string {
  return fill(words, { case: id, date: dayIn(language, due) })
}

/** A deletion that only staff can resolve: the request, with the legal deadline. */
export function leftToStaffPage(language: Language, policy: Policy, opened: Case): Page {
  const { texts, code } = language
  return {
    title: texts.eraseTitle,
    body: html`<p class="note">${withContact(language, texts.failedLeft, policy)}</p><p class="done" role="status">${caseLine(language, texts.caseOpened, opened)}</p>
<p><a class="button plain" href="/me?lang=${code}">${texts.back}</a></p>`,
  }
}

export function needPage(language: Language, policy: Policy): Page {
  const { texts, code } = language
  const [before = '', after = ''] = texts.needPublic.split('{choices}')
  return {
    title: texts.needTitle,
    path: '/me',
    status: 401,
    body: html`<p>${withContact(language, texts.need, policy)}</p><p>${before}<a href="/choices?lang=${code}">${texts.choices}</a>${after}</p>`,
  }
}

export function linkPage({ texts, code }: Language, token: string): Page {
  return {
    title: texts.linkTitle,
    body: html`<p>${texts.linkIntro}</p>${button('/me/link', { token, lang: code }, texts.linkButton)}`,
  }
}

export function linkBadPage(language: Language, policy: Policy): Page {
  const { texts } = language
  return { title: texts.linkBadTitle, status: 404, body: html`<p>${withContact(language, texts.linkBad, policy)}</p>` }
}

export function leftPage({ texts }: Language): Page {
  return { title: texts.leftTitle, body: html`<p>${texts.left}</p>` }
}

/** Who received what, as a page for the user. */

import type { StatedDisclosure, StatedRecipient, Statement } from '../../subjects/statement.ts'
import { type Html, html, NOTHING } from '../public-list/html.ts'
import { countryName } from '../public-list/words.ts'
import type { Page } from './frame.ts'
import { dayIn, fill, type Language } from './language.ts'

export function dataPage(language: Language, statement: Statement): Page {
  const { texts, code } = language
  const {
    at,
    recipients,
    disclosures,
    withheld,
    notes = [],
    next,
    staff_reads: reads = [],
    by_hand: byHand = [],
    told = [],
  } = statement
  return {
    title: texts.data,
    path: '/me/data',
    body: html`<p>${texts.dataIntro} ${fill(texts.asOf, { date: dayIn(language, at) })}</p>
${notes.map(({ in_words: words }) => html`<p class="note">${words}</p>`)}
${recipients.length === 0 ? html`<p>${texts.dataNone}</p>` : html`<ul>${recipients.map((one) => recipient(language, one))}</ul>`}
${disclosures.length === 0 ? NOTHING : timesSent(language, disclosures, recipients)}
${next === undefined ? NOTHING : html`<p><a href="/me/data?lang=${code}&amp;after=${next}">${texts.rest}</a></p>`}
${withheld.length === 0 ? NOTHING : html`<h2>${texts.withheld}</h2><ul>${withheld.map((one) => html`<li>${fill(texts.withheldLine, { recipient: nameIn(recipients, one.recipient), count: String(one.count), why: one.in_words })}</li>`)}</ul>`}
${told.length === 0 ? NOTHING : html`<h2>${texts.told}</h2><ul>${told.map((one) => html`<li>${dayIn(language, one.asked)}: <strong>${nameIn(recipients, one.recipient)}</strong>. ${one.in_words}</li>`)}</ul>`}
${byHand.length === 0 ? NOTHING : html`<h2>${texts.byHand}</h2><ul>${byHand.map((one) => html`<li>${dayIn(language, one.at)}: <strong>${one.recipient}</strong>. ${one.scope} ${one.basis}</li>`)}</ul>`}
${reads.length === 0 ? NOTHING : html`<h2>${texts.staffReads}</h2><ul>${reads.map((read) => html`<li>${dayIn(language, read.at)} (${read.call})</li>`)}</ul>`}
<ul><li><a href="/me/data.csv?lang=${code}" download>${texts.dataCsv}</a></li><li><a href="/me/data.json?lang=${code}" download>${texts.dataJson}</a></li></ul>
<p><a class="button plain" href="/me?lang=${code}">${texts.back}</a></p>`,
  }
}

function recipient(language: Language, one: StatedRecipient): Html {
  const { texts, partner } = language
  const line = fill(texts.dataTimes, {
    count: String(one.disclosures),
    first: dayIn(language, one.first),
    last: dayIn(language, one.last),
    // Sound: a record's purposes are those of the table; an unknown one is shown as it is.
    purposes: one.purposes
      .map((name) => (partner.purposes as Readonly<Record<string, string>>)[name] ?? name)
      .join('. '),
    countries: one.countries.map((country) => countryName(partner, country)).join(', '),
    contact: one.contact,
  })
  const policy = /^https:\/\//u.test(one.privacy_policy)
    ? html` <a href="${one.privacy_policy}" rel="noreferrer">${texts.itsPolicy}<span class="soft">: ${one.name}</span></a>`
    : NOTHING
  return html`<li><strong>${one.name}</strong>. ${line}${policy}</li>`
}

/** Stacked, not side by side: a phone is too narrow for columns. */
function timesSent(
  { texts }: Language,
  disclosures: readonly StatedDisclosure[],
  recipients: readonly StatedRecipient[],
): Html {
  const items = disclosures.map(
    ({ id, at, recipient: to, event, fields, why, outcome }) =>
      html`<article aria-labelledby="d-${id}"><h3 id="d-${id}"><time datetime="${at}">${at.slice(0, 16).replace('T', ' ')} UTC</time>: ${nameIn(recipients, to)}</h3>
<dl><dt>${texts.event}</dt><dd>${event}</dd><dt>${texts.what}</dt><dd><ul>${fields.map(({ in_words: words }) => html`<li>${words}</li>`)}</ul></dd>
<dt>${texts.why}</dt><dd>${why.in_words}</dd><dt>${texts.outcome}</dt><dd>${outcome.in_words}</dd></dl></article>
`,
  )
  return html`<section aria-labelledby="times"><h2 id="times">${texts.dataTable}</h2>${items}</section>`
}

function nameIn(recipients: readonly StatedRecipient[], id: string): string {
  return recipients.find(({ partner }) => partner === id)?.name ?? id
}

/** Parts shared by the page without an account and a user's own page. */
import type { Policy } from '../../model/contract.ts'
import type { PublicPartner, Shared } from '../public-list/entry.ts'
import { type Html, html, NOTHING } from '../public-list/html.ts'
import { INDUSTRY } from '../public-list/industry.ts'
import { fill, type Language } from './language.ts'

/** The privacy signals of this request. */
export interface RequestSignals {
  readonly gpc: boolean
  readonly dnt: boolean
}
/** The user that this request's Global Privacy Control applies to. */
export type Bound = 'account' | 'device' | 'request'

export interface ListedEntry extends PublicPartner {
  readonly stopped: boolean
}

export function signalsSection({ texts }: Language, { honour }: Policy, signals: RequestSignals, bound: Bound): Html {
  const whom = { account: texts.gpcAccount, device: texts.gpcDevice, request: '' }[bound]
  const gpc = !honour.gpc
    ? html`<p>${texts.gpcIgnored}</p>`
    : signals.gpc
      ? html`<p class="done" role="status">${texts.gpcHonoured}</p><p>${texts.gpcRequest} ${whom}</p>`
      : html`<p>${texts.gpcNotSent}</p>`
  const dnt = honour.dnt && signals.dnt ? html`<p class="done">${texts.dntHonoured}</p>` : NOTHING
  return html`<section aria-labelledby="signals"><h2 id="signals">${texts.signals}</h2>
${gpc}${dnt}${honour.dnt ? NOTHING : html`<p>${texts.dntIgnored}</p>`}</section>`
}

export function companiesSection(language: Language, entries: readonly ListedEntry[]): Html {
  const { texts } = language
  return html`<section aria-labelledby="companies"><h2 id="companies">${texts.companies}</h2>
<p>${entries.length === 0 ? texts.nobody : texts.companiesIntro}</p>
${entries.map((entry) => company(language, entry))}
<p><a href="/partners">${texts.companiesMore}</a></p></section>`
}

function company({ texts, partner }: Language, entry: ListedEntry): Html {
  const { id, name, role_words: role, purposes, shared, when_opted_out: optedOut, stopped } = entry
  const effect = fill(texts.afterOptOut, { effect: partner.effects[optedOut.effect] })
  return html`<article aria-labelledby="p-${id}"><h3 id="p-${id}">${name}</h3>
<p class="soft">${role} ${purposes.map(({ words }) => words).join('. ')}.</p>
${stopped ? html`<p class="note">${texts.stopped}</p>` : NOTHING}
<details><summary>${texts.gets}<span class="soft">: ${name}</span></summary>${shared.length === 0 ? html`<p>${texts.getsNothing}</p>` : sharedList(shared)}</details>
<p>${effect}</p>${optedOut.effect === 'less_is_shared' ? sharedList(optedOut.shared) : NOTHING}</article>
`
}

function sharedList(shared: readonly Shared[]): Html {
  return html`<dl>${shared.map(
    ({ what, form }) =>
      html`<dt>${what}</dt><dd>${form}</dd>
`,
  )}</dl>`
}

export function industrySection({ texts }: Language): Html {
  return html`<section aria-labelledby="industry"><h2 id="industry">${texts.industry}</h2><p>${texts.industryIntro}</p>
<ul>${INDUSTRY.map(({ name, url }) => html`<li><a href="${url}" rel="noreferrer" lang="en">${name}</a></li>`)}</ul></section>`
}

/** A form with one button; `fields` are hidden. */
export function button(
  action: string,
  fields: Readonly<Record<string, string>>,
  label: string,
  style: 'plain' | 'strong' = 'strong',
): Html {
  const hidden = Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  )
  return html`<form method="post" action="${action}">${hidden}<button type="submit"${style === 'plain' ? html` class="plain"` : NOTHING}>${label}</button></form>`
}

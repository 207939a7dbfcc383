/** The two public pages. */
import type { PublicPartner, Shared } from './entry.ts'
import { type Change, EFFECTS } from './history.ts'
import { type Html, html, NOTHING } from './html.ts'
import { STYLE } from './style.ts'

/** A partner's entry with what is known only of today. */
export interface ListedPartner extends PublicPartner {
  /** ISO 8601 day. */
  readonly changed: string
  /** True where the operator has stopped it: nothing is sent at the moment. */
  readonly stopped: boolean
}
export interface PublicList {
  /** ISO 8601 day of the policy. */
  readonly privacy_policy_date: string
  /** ISO 8601 day on which this list last changed. */
  readonly updated: string
  readonly signals: { readonly global_privacy_control: boolean; readonly do_not_track: boolean }
  /** Area below which a position counts as precise, square kilometres. */
  readonly precise_below_km2: number
  readonly never_shared: readonly string[]
  readonly partners: readonly ListedPartner[]
  readonly opt_out: {
    readonly api: string
    readonly industry: readonly { readonly name: string; readonly url: string }[]
  }
}

export function partnersPage(list: PublicList): string {
  const { partners, signals } = list
  return page(
    'Who we share data with',
    html`<p>This list names every company that can receive data about you through this service, what each one gets and why.
It comes from the rules that are in force right now.</p>
<p class="soft">Privacy policy of ${day(list.privacy_policy_date)}. List last changed on ${day(list.updated)}.</p>
<nav aria-label="This list"><ul><li><a href="#partners">Companies (${partners.length})</a></li>
<li><a href="#opt-out">How to opt out</a></li><li><a href="#never">What is never shared</a></li>
<li><a href="/partners/changes">Changes to this list</a></li></ul></nav>`,
    html`<section aria-labelledby="partners"><h2 id="partners">Companies</h2>
${partners.length === 0 ? html`<p>Nobody at the moment.</p>` : partners.map(article)}
</section>
<section aria-labelledby="opt-out"><h2 id="opt-out">How to opt out</h2>
<p>You can opt out of sharing with advertising partners at any time, at no cost. It takes effect at once, also for data that
is still waiting to be sent.</p>
<ul>
<li><strong>In the app:</strong> in its privacy settings.</li>
<li><strong>On your device:</strong> limit ad tracking, or do not allow apps to ask to track. We honour it.</li>
<li><strong>Global Privacy Control:</strong> ${signals.global_privacy_control ? 'we honour it.' : 'we do not act on it.'}</li>
<li><strong>Do Not Track:</strong> ${signals.do_not_track ? 'we honour it.' : 'we do not act on Do Not Track signals.'}</li>
<li><strong>Industry pages,</strong> which opt you out of other companies’ advertising too:
<ul>${list.opt_out.industry.map(({ name, url }) => html`<li><a href="${url}" rel="noreferrer">${name}</a></li>`)}</ul></li>
</ul>
<p>The location of your device is shared more exactly than an area of ${list.precise_below_km2} square kilometres only if you
agreed to precise location. Without your device’s permission nothing finer than the country is shared.</p>
<p>Nothing at all is shared about anyone known to be a child.</p></section>
<section aria-labelledby="never"><h2 id="never">What is never shared</h2>
<p>Whatever is agreed with a company:</p><ul>${list.never_shared.map((what) => html`<li>${what}</li>`)}</ul></section>`,
    '/partners.json',
  )
}

export function changesPage(changes: readonly Change[]): string {
  const days = [...new Set(changes.map(({ date }) => date))]
  return page(
    'Changes to the list of companies',
    html`<p>What changed on <a href="/partners">the list of companies that we share data with</a>, newest first.</p>`,
    days.length === 0
      ? html`<p>Nothing has changed yet.</p>`
      : html`${days.map(
          (date) => html`<section aria-labelledby="d${date}"><h2 id="d${date}">${day(date)}</h2>
${changes.flatMap((change, index) => (change.date === date ? [changeArticle(change, index)] : []))}</section>`,
        )}`,
    '/partners/changes.json',
  )
}

function changeArticle({ name, what }: Change, index: number): Html {
  return html`<article aria-labelledby="c${index}"><h3 id="c${index}">${name ?? 'All companies'}</h3><ul>${what.map((one) => html`<li>${one}</li>`)}</ul></article>
`
}

function article(partner: ListedPartner): Html {
  const {
    id,
    name,
    stopped,
    purposes,
    shared,
    when_opted_out: optedOut,
    countries,
    when_asked_to_forget: asked,
  } = partner
  return html`<article aria-labelledby="p-${id}"><h3 id="p-${id}">${name}</h3>
<p class="soft">${partner.role_words}</p>
${stopped ? html`<p class="note">Nothing is sent to this company at the moment: we have stopped it.</p>` : NOTHING}
<dl><dt>Why</dt><dd>${purposes.map(({ words }) => words).join('. ')}.</dd>
<dt>Where the data goes</dt><dd>${countries.map((country) => country.name).join(', ')}${
    partner.transfer_basis === undefined ? '' : ` (ground: ${partner.transfer_basis})`
  }</dd>
${partner.events.length === 0 ? NOTHING : html`<dt>When</dt><dd>${partner.events.join('; ')}</dd>`}
<dt>In which apps</dt><dd>${partner.apps.join(', ')}</dd>
<dt>Its privacy policy</dt><dd><a href="${partner.privacy_policy}" rel="noreferrer">${partner.privacy_policy}</a></dd>
<dt>Last changed</dt><dd>${day(partner.changed)}</dd></dl>
<h4>What it gets</h4>
${sharedList(shared)}
<h4>If you have opted out</h4>
${
  optedOut.effect === 'less_is_shared'
    ? html`<p>Less is shared, and the company is told that you opted out:</p>
${sharedList(optedOut.shared)}`
    : html`<p>${capital(EFFECTS[optedOut.effect])}</p>`
}
${asked === undefined ? NOTHING : forgetting(asked.shared)}</article>
`
}

function forgetting(shared: readonly Shared[]): Html {
  return html`<h4>If you ask it to forget your device</h4>
<p>Your wish goes to it, also after an opt-out, with one of these and nothing else about you:</p>
${sharedList(shared)}
`
}

function sharedList(shared: readonly Shared[]): Html {
  if (shared.length === 0) return html`<p>Only that something happened, nothing about you.</p>`
  return html`<dl>${shared.map(
    ({ what, form }) =>
      html`<dt>${what}</dt><dd>${form}</dd>
`,
  )}</dl>`
}

function page(title: string, intro: Html, body: Html, json: string): string {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><link rel="alternate" type="application/json" href="${json}"><style>${{ markup: STYLE }}</style></head>
<body><a class="skip" href="#content">Skip to the content</a>
<header><h1>${title}</h1>${intro}</header>
<main id="content">${body}</main>
<footer><p class="soft">The same for machines: <a href="${json}">${json}</a></p></footer></body></html>
`.markup
}

const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' })

function day(date: string): Html {
  const at = Date.parse(date)
  return html`<time datetime="${date}">${Number.isNaN(at) ? date : DAY.format(at)}</time>`
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** The two public pages. */
import type { PublicPartner, Shared } from './entry.ts'
import type { Change, PolicyPeriod } from './history.ts'
import { type Html, html, NOTHING } from './html.ts'
import { STYLE } from './style.ts'
import { ENGLISH } from './words-en.ts'

/** A partner's entry with facts known only for today. */
export interface ListedPartner extends PublicPartner {
  /** ISO 8601 day; undefined in a past list. */
  readonly changed?: string
  /** True if the operator has stopped the partner: nothing is sent at the moment. */
  readonly stopped: boolean
}
export interface PublicList {
  /** ISO 8601 day at whose end this was the list; undefined for the current one. */
  readonly as_of?: string
  /** ISO 8601 day of the policy. */
  readonly privacy_policy_date: string
  /** Address of that policy, if known. */
  readonly privacy_policy?: string
  /** Contact for questions about one's data. */
  readonly contact: string
  /** ISO 8601 day on which this list last changed. */
  readonly updated: string
  readonly signals: { readonly global_privacy_control: boolean; readonly do_not_track: boolean }
  /** Area below which a position counts as precise, square kilometres. */
  readonly precise_below_km2: number
  readonly never_shared: readonly string[]
  readonly partners: readonly ListedPartner[]
  readonly opt_out: {
    readonly page: string
    readonly api: string
    readonly industry: readonly { readonly name: string; readonly url: string }[]
  }
}

export function partnersPage(list: PublicList): string {
  const { partners, signals } = list
  return page(
    'Who we share data with',
    html`${
      list.as_of === undefined
        ? html`<p>This list names every company that can receive data about you through this service, what each one gets and why.
It comes from the rules that are in force right now.</p>`
        : html`<p class="note">This is the list as it was at the end of ${day(list.as_of)} (UTC). <a href="/partners">The list of now</a></p>`
    }
<p class="soft">${policyName(list)} of ${day(list.privacy_policy_date)}. List last changed on ${day(list.updated)}.</p>
<p>Questions about your data, or a complaint: ${contactOf(list.contact)}.</p>
<nav aria-label="This list"><ul><li><a href="#partners">Companies (${partners.length})</a></li>
<li><a href="#opt-out">How to opt out</a></li><li><a href="#never">What is never shared</a></li>
<li><a href="/partners/changes">Changes to this list</a></li><li><a href="/transparency">Transparency report</a></li></ul></nav>`,
    html`<section aria-labelledby="partners"><h2 id="partners">Companies</h2>
${partners.length === 0 ? html`<p>Nobody at the moment.</p>` : partners.map(article)}
</section>
<section aria-labelledby="opt-out"><h2 id="opt-out">How to opt out</h2>
<p>You can opt out of sharing with advertising partners at any time, at no cost. It takes effect at once, also for data that
is still waiting to be sent.</p>
<ul>
<li><strong>On this site:</strong> <a href="/choices">your privacy choices</a>.</li>
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
    list.as_of === undefined ? '/partners.json' : `/partners/on/${list.as_of}.json`,
  )
}

/** The page at `/`, for users and engineers who wonder what this host is. */
export const HOME = {
  what: 'Apps send their telemetry here. For each event and each partner it is decided what may leave, and every disclosure is on record.',
  for_people: { who_receives_what: '/partners', your_choices: '/choices', your_data: '/me' },
  for_engineers: { events: '/v1/batch', choices: '/v1/me/choices', ledger: '/ledger/checkpoint' },
} as const

export function homePage(
  list: Pick<PublicList, 'contact' | 'privacy_policy' | 'privacy_policy_date' | 'signals'>,
): string {
  return page(
    'Where app data goes',
    html`<p>Apps send what happens in them to this address. Before anything goes on to a company, it is decided what may leave:
by your choices, by the law where you are, and by what was agreed with that company.</p>
<p class="soft">${policyName(list)} of ${day(list.privacy_policy_date)}. Questions: ${contactOf(list.contact)}.</p>`,
    html`<ul><li><a href="/partners">Who we share data with</a></li>
<li><a href="/choices">Your privacy choices</a></li>
<li><a href="/me">What is known here about your choices, and who received your data</a></li></ul>
${list.signals.global_privacy_control ? html`<p>Global Privacy Control is honoured.</p>` : NOTHING}
<section aria-labelledby="engineers"><h2 id="engineers">For engineers</h2>
<p>Events go to <code>POST /v1/batch</code>, as the Segment HTTP API has it, with an app’s write key. An opt-out is <code>PUT
/v1/me/choices</code>. What was disclosed is proved by <a href="/ledger/checkpoint">the ledger’s checkpoint</a>.</p></section>`,
    undefined,
  )
}

function policyName({ privacy_policy: url }: Pick<PublicList, 'privacy_policy'>): Html {
  return url === undefined ? html`Privacy policy` : html`<a href="${url}">Privacy policy</a>`
}

function contactOf(contact: string): Html {
  return /^[^\s@]+@[^\s@]+$/.test(contact) ? html`<a href="mailto:${contact}">${contact}</a>` : html`${contact}`
}

export function changesPage(changes: readonly Change[], policies: readonly PolicyPeriod[]): string {
  const days = [...new Set(changes.map(({ date }) => date))]
  return page(
    'Changes to the list of companies',
    html`<p>What changed on <a href="/partners">the list of companies that we share data with</a>, newest first.</p>`,
    html`${policySection(policies)}${days.length === 0 ? html`<p>Nothing has changed yet.</p>` : NOTHING}${days.map(
      (date) => html`<section aria-labelledby="d${date}"><h2 id="d${date}">${day(date)}</h2>
<p><a href="/partners/on/${date}">The whole list as it was at the end of this day</a></p>
${changes.flatMap((change, index) => (change.date === date ? [changeArticle(change, index)] : []))}</section>`,
    )}`,
    '/partners/changes.json',
  )
}

function policySection(policies: readonly PolicyPeriod[]): Html {
  return html`<section aria-labelledby="policies"><h2 id="policies">Privacy policies</h2><ul>${policies.map(
    ({ date, url, from, until }) =>
      html`<li>${url === undefined ? html`Policy of ${day(date)}` : html`<a href="${url}">Policy of ${day(date)}</a>`}: in force since ${day(from)}${until === undefined ? NOTHING : html`, until ${day(until)}`}</li>`,
  )}</ul></section>`
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
${partner.changed === undefined ? NOTHING : html`<dt>Last changed</dt><dd>${day(partner.changed)}</dd>`}</dl>
<h4>What it gets</h4>
${sharedList(shared)}
<h4>If you have opted out</h4>
${
  optedOut.effect === 'less_is_shared'
    ? html`<p>Less is shared, and the company is told that you opted out:</p>
${sharedList(optedOut.shared)}`
    : html`<p>${capital(ENGLISH.effects[optedOut.effect])}</p>`
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

/** @param json path of the same content for programs */
function page(title: string, intro: Html, body: Html, json: string | undefined): string {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>${json === undefined ? NOTHING : html`<link rel="alternate" type="application/json" href="${json}">`}<style>${{ markup: STYLE }}</style></head>
<body><a class="skip" href="#content">Skip to the content</a>
<header><h1>${title}</h1>${intro}</header>
<main id="content">${body}</main>
${json === undefined ? NOTHING : html`<footer><p class="soft">The same for machines: <a href="${json}">${json}</a></p></footer>`}</body></html>
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

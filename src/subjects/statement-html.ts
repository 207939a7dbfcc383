/**
 * The statement as an HTML page without scripts, external styles or images. Headings, lists and tables have captions and scopes
 * for screen readers, and the page is readable without styles.
 */
import type { StatedDisclosure, StatedRecipient, Statement } from './statement.ts'

const STYLE =
  'body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem;color:#1a1a1a;background:#fff}' +
  'table{border-collapse:collapse;width:100%}caption{text-align:left;font-weight:bold;padding:.5rem 0}' +
  'th,td{border:1px solid #767676;padding:.4rem;text-align:left;vertical-align:top}a{color:#0645ad}'

/** The response's `Content-Security-Policy`: nothing is loaded, executed or framed. */
export const STATEMENT_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

export function statementHtml(statement: Statement): string {
  const { recipients, disclosures, withheld, at, policy, contact, next, notes = [] } = statement
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<title>Who received data about you</title><style>${STYLE}</style></head><body><main>`,
    '<h1>Who received data about you</h1>',
    `<p>As of <time datetime="${text(at)}">${text(at)}</time>. Privacy policy of ${text(policy)}. Questions, or a complaint: ${text(contact)}.</p>`,
    ...notes.map(({ in_words: words }) => `<p><strong>${text(words)}</strong></p>`),
    recipients.length === 0
      ? '<p>Our records tie no disclosure to you. If you had yourself erased, what was recorded before can no longer be tied to anybody.</p>'
      : `<h2>Recipients</h2><ul>${recipients.map(recipientItem).join('')}</ul>`,
    disclosures.length === 0 ? '' : disclosureTable(disclosures),
    withheld.length === 0
      ? ''
      : `<h2>What was not sent</h2><ul>${withheld.map(({ recipient, in_words: why, count }) => `<li>${text(recipient)}: ${count} times. ${text(why)}</li>`).join('')}</ul>`,
    ...toldLines(statement.told ?? []),
    ...byHandLines(statement.by_hand ?? []),
    ...staffReadLines(statement.staff_reads ?? []),
    next === undefined ? '' : `<p><a href="?after=${next}">The rest</a></p>`,
    '</main></body></html>',
  ].join('')
}

function toldLines(told: NonNullable<Statement['told']>): readonly string[] {
  if (told.length === 0) return []
  const items = told.map(
    ({ asked, recipient, in_words: words }) =>
      `<li><time datetime="${text(asked)}">${text(asked)}</time>: ${text(recipient)}. ${text(words)}</li>`,
  )
  return ['<h2>Whom we told of your decision, and what they answered</h2>', `<ul>${items.join('')}</ul>`]
}

function byHandLines(made: NonNullable<Statement['by_hand']>): readonly string[] {
  if (made.length === 0) return []
  const items = made.map(
    ({ at, recipient, basis, scope }) =>
      `<li><time datetime="${text(at)}">${text(at.slice(0, 10))}</time>: ${text(recipient)}. ${text(scope)} ${text(basis)}</li>`,
  )
  return ['<h2>What was handed over outside the app</h2>', `<ul>${items.join('')}</ul>`]
}

function staffReadLines(reads: NonNullable<Statement['staff_reads']>): readonly string[] {
  if (reads.length === 0) return []
  const items = reads.map(({ at, call }) => `<li><time datetime="${text(at)}">${text(at)}</time>: ${text(call)}</li>`)
  return ['<h2>When our staff looked at your data</h2>', `<ul>${items.join('')}</ul>`]
}

function recipientItem({
  name,
  disclosures,
  first,
  last,
  purposes,
  countries,
  contact,
  privacy_policy: policy,
  contract_unreadable: unreadable,
}: StatedRecipient): string {
  const link = /^https:\/\//u.test(policy) ? `<a href="${text(policy)}" rel="noreferrer">its privacy policy</a>` : ''
  return (
    `<li><strong>${text(name)}</strong>: ${disclosures} disclosure${disclosures === 1 ? '' : 's'} between ${text(first)} and ${text(last)}, ` +
    `for ${text(purposes.join(', '))}, processed in ${text(countries.join(', '))}. Contact: ${text(contact)}${link === '' ? '' : `; ${link}`}.${unreadable === true ? ' Its contract of then cannot be read any more.' : ''}</li>`
  )
}

function disclosureTable(disclosures: readonly StatedDisclosure[]): string {
  const head = ['When', 'Recipient', 'What', 'Why', 'Outcome', 'Revision']
    .map((name) => `<th scope="col">${name}</th>`)
    .join('')
  const rows = disclosures
    .map(
      ({ at, recipient, event, fields, why, outcome, revision }) =>
        `<tr><th scope="row">${text(at)}</th><td>${text(recipient)}</td><td>${text(event)}<ul>${fields
          .map(({ in_words: words }) => `<li>${text(words)}</li>`)
          .join(
            '',
          )}</ul></td><td>${text(why.in_words)}</td><td>${text(outcome.in_words)}</td><td>${revision}</td></tr>`,
    )
    .join('')
  return `<h2>Disclosures</h2><table><caption>Each time something was sent, oldest first</caption><thead><tr>${head}</tr></thead><tbody>${rows}</tbody></table>`
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function text(value: string): string {
  return value.replace(/[&<>"']/gu, (sign) => ESCAPES[sign] ?? '')
}

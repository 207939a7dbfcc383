/** The gateway's record of processing activities (GDPR Art. 30(1)), from the live configuration. */
import type { ContractPlan, RevisionPlan } from '../model/contract.ts'
import { DROP, FIELD_CLASSES, treatmentName } from '../model/field-class.ts'

export interface ProcessingRecord {
  readonly made: string
  readonly revision: number
  readonly policy: string
  readonly controller: string
  readonly contact: string
  readonly activities: readonly Activity[]
  readonly retention: readonly string[]
  readonly security: readonly string[]
}
export interface Activity {
  readonly recipient: string
  readonly role: string
  readonly purposes: readonly string[]
  readonly people: string
  readonly data: readonly string[]
  readonly restricted: readonly string[]
  readonly countries: readonly string[]
  readonly ground: string
  readonly contact: string
  readonly apps: readonly string[]
}
export interface ProcessingFacts {
  readonly ledgerMonths: number
  readonly intakeHours: number
  readonly made: number
}

/** Uses square brackets where only the company knows the facts. */
export function processingRecord(
  { number, policy, contracts, apps }: RevisionPlan,
  { ledgerMonths, intakeHours, made }: ProcessingFacts,
): ProcessingRecord {
  const nameOf = (id: string): string => apps.find((app) => app.id === id)?.name ?? id
  return {
    made: new Date(made).toISOString(),
    revision: number,
    policy: policy.date,
    controller: '[name of the controller, its representative and its data protection officer]',
    contact: policy.contact ?? '[contact]',
    activities: contracts.map((contract) => activityOf(contract, nameOf)),
    retention: [
      `Events that wait or may be replayed: ${intakeHours} hours at most.`,
      `The ledger of disclosures, which holds no value: ${ledgerMonths} months, longer under a legal hold.`,
      `Opt-outs: until the person lifts them. Opt-ins: ${policy.permissionsMonths === undefined ? 'until withdrawn' : `${policy.permissionsMonths} months`}.`,
      `Links between identities: ${policy.linksMonths === undefined ? 'until an erasure' : `${policy.linksMonths} months after they were last confirmed`}.`,
    ],
    security: [
      'Each person’s events are sealed under a key of their own; an erasure destroys it.',
      'Identities are kept only as keyed pseudonyms.',
      'Every disclosure is on record before it leaves, in a signed, append-only log.',
      'Changes that widen a disclosure take two people; every look at a person’s data is on record.',
    ],
  }
}

function activityOf(contract: ContractPlan, nameOf: (id: string) => string): Activity {
  const { name, role, agreementUntil, purposes, countries, transferBasis, contact, share, whenRestricted } = contract
  const until =
    agreementUntil === undefined ? '' : `, agreement until ${new Date(agreementUntil).toISOString().slice(0, 10)}`
  return {
    recipient: name,
    role: `${role.replace('_', ' ')}${until}`,
    purposes,
    people: 'users of the apps; never somebody known to be a child',
    data: granted(share),
    restricted: whenRestricted.send === 'nothing' ? [] : granted(whenRestricted.share),
    countries,
    ground: transferBasis ?? '[none named]',
    contact,
    apps: contract.apps.map(nameOf),
  }
}

function granted(levels: ContractPlan['share']): readonly string[] {
  return FIELD_CLASSES.flatMap((name) => {
    const level = levels[name] ?? DROP
    return level === DROP ? [] : [`${name} (${treatmentName(name, level)})`]
  })
}

const COLUMNS: readonly (readonly [string, (one: Activity) => string])[] = [
  ['Recipient', ({ recipient, role }) => `${recipient} (${role})`],
  ['Purposes', ({ purposes }) => purposes.join(', ')],
  ['People', ({ people, apps }) => `${people}: ${apps.join(', ')}`],
  ['Data', ({ data }) => data.join(', ')],
  ['Data of those who opted out or whom a law restricts', ({ restricted }) => restricted.join(', ') || 'none'],
  ['Countries', ({ countries }) => countries.join(', ')],
  ['Ground of the transfer', ({ ground }) => ground],
  ['Contact', ({ contact }) => contact],
]

export function processingMarkdown(record: ProcessingRecord): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
  const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`
  return [
    '# Record of processing activities (GDPR Art. 30(1))',
    '',
    `Controller: ${record.controller}. Contact: ${record.contact}.`,
    `Configuration: revision ${record.revision}; privacy policy of ${record.policy}; made ${record.made}.`,
    '',
    row(COLUMNS.map(([name]) => name)),
    row(COLUMNS.map(() => '---')),
    ...record.activities.map((one) => row(COLUMNS.map(([, text]) => text(one)))),
    '',
    '## Time limits for erasure',
    '',
    ...record.retention.map((line) => `- ${line}`),
    '',
    '## Security measures (Art. 32(1))',
    '',
    ...record.security.map((line) => `- ${line}`),
    '',
  ].join('\n')
}

export function processingHtml(record: ProcessingRecord): string {
  const safe = (text: string): string =>
    text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
  const list = (lines: readonly string[]): string =>
    `<ul>${lines.map((line) => `<li>${safe(line)}</li>`).join('')}</ul>`
  const heads = COLUMNS.map(([name]) => `<th scope="col">${safe(name)}</th>`).join('')
  const rows = record.activities.map(
    (one) => `<tr>${COLUMNS.map(([, text]) => `<td>${safe(text(one))}</td>`).join('')}</tr>`,
  )
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Record of processing activities</title>
<h1>Record of processing activities (GDPR Art. 30(1))</h1>
<p>Controller: ${safe(record.controller)}. Contact: ${safe(record.contact)}.</p>
<p>Configuration: revision ${record.revision}; privacy policy of ${safe(record.policy)}; made ${safe(record.made)}.</p>
<table><thead><tr>${heads}</tr></thead><tbody>${rows.join('\n')}</tbody></table>
<h2>Time limits for erasure</h2>${list(record.retention)}
<h2>Security measures (Art. 32(1))</h2>${list(record.security)}
</html>
`
}

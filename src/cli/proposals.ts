/** `sluice proposals`: pending widening changes and their approval, at a running gateway. */
import { Command } from 'commander'
import { request } from 'undici'
import type { ProposalAnswer } from '../control/routes/proposals.ts'
import type { SubmittedAnswer } from '../control/routes/publish.ts'
import { type AccessFlags, accessOf, withAccessFlags } from './control/access.ts'
import { asNoAnswer, refusalLines } from './control/refusal.ts'

interface Options extends AccessFlags {
  readonly note: string
  readonly json?: boolean
}
/** A list and an ending leave out the contracts; an ending says what was not saved. */
type Proposal = Omit<ProposalAnswer, 'partners'> &
  Partial<Pick<ProposalAnswer, 'partners'> & Pick<SubmittedAnswer, 'not_saved'>>
interface Refusal {
  readonly title?: string
  readonly items?: undefined
}

/** Exits 0 on success, 1 if refused or not found. */
export function proposalsCommand(): Command {
  const proposals = new Command('proposals').description(
    'Changes that give somebody more, and wait for another person.',
  )
  withOptions(proposals.command('list').description('what waits')).action(async (options: Options) => {
    await ask(options, 'GET', '/proposals?state=waiting', (answer) => {
      const { items } = answer as unknown as { readonly items: readonly Proposal[] }
      return items.length === 0 ? 'nothing waits' : items.map(headOf).join('\n')
    })
  })
  withOptions(proposals.command('show').argument('<number>').description('what one means, in sentences')).action(
    async (number: string, options: Options) => {
      await ask(options, 'GET', `/proposals/${number}`, bodyOf)
    },
  )
  for (const [word, says] of [
    ['approve', 'makes it live: another person than its author, with the approver role'],
    ['reject', 'turns it down: another person than its author'],
    ['withdraw', 'takes it back: its author'],
  ] as const) {
    withOptions(proposals.command(word).argument('<number>').description(says))
      .option('--note <text>', 'for the history, one line', '')
      .action(async (number: string, options: Options) => {
        await ask(options, 'POST', `/proposals/${number}/${word}`, endingOf)
      })
  }
  return proposals
}

function withOptions(command: Command): Command {
  return withAccessFlags(command).option('--json', 'print the answer as JSON')
}

async function ask(
  { note, json, ...flags }: Options,
  method: 'GET' | 'POST',
  path: string,
  print: (answer: Proposal) => string,
): Promise<void> {
  const { control, token } = await accessOf(flags)
  const { statusCode, body } = await request(`${control}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(method === 'GET' ? {} : { body: JSON.stringify({ note }) }),
  }).catch((error: unknown) => {
    throw asNoAnswer(error, control)
  })
  const answer = (await body.json()) as Proposal | Refusal
  if (json === true) console.log(JSON.stringify(answer))
  // Sound: tests check these routes' answers against their schemas.
  else if (statusCode === 200) console.log(print(answer as Proposal))
  else console.error(refusalLines({ ...answer }, statusCode))
  if (statusCode !== 200) process.exitCode = 1
}

function bodyOf(proposal: Proposal): string {
  const warnings = proposal.warnings.map((warning) => `warning ${warning}`)
  const whole = (proposal.partners ?? []).flatMap(({ partner, after }) => ['', ...termLines(partner, after)])
  return [headOf(proposal), '', proposal.words, ...whole, ...(warnings.length === 0 ? [] : ['', ...warnings])].join(
    '\n',
  )
}

/** The complete contract after the change. */
function termLines(partner: string, terms: ProposalAnswer['partners'][number]['after']): readonly string[] {
  if (terms === null) return [`${partner}: no contract any more`]
  const list = (values: Readonly<Record<string, unknown>>): string =>
    Object.entries(values)
      .map(([name, value]) => `${name}: ${Array.isArray(value) ? value.join('/') : String(value)}`)
      .join(', ')
  const { when_restricted: restricted, percent, until } = terms
  return [
    `${partner} as it would be:`,
    `  ${terms.role}${terms.agreement_until === undefined ? '' : ` (agreement until ${terms.agreement_until})`}, for ${terms.purposes.join(', ')}, in ${terms.countries.join(', ')}`,
    `  ${terms.type} at ${terms.addresses.join(', ')}`,
    `  of ${terms.apps.join(', ')}; ${terms.privacy_policy}, ${terms.contact}`,
    ...Object.entries(terms.events).map(
      ([event, { as, properties }]) => `  ${event} as ${as}: ${list(properties) || 'no property'}`,
    ),
    `  shares ${list(terms.share)}`,
    `  when restricted ${restricted.send}${restricted.send === 'limited' ? `: ${list(restricted.share)}` : ''}`,
    ...(percent === undefined ? [] : [`  for ${percent} % of subjects`]),
    ...(until === undefined ? [] : [`  until ${until}`]),
  ]
}

function endingOf(proposal: Proposal): string {
  const { not_saved: missed } = proposal
  if (missed === undefined) return headOf(proposal)
  return `${headOf(proposal)}\nlive, but not saved to ${missed.files.join(', ')} (${missed.why})`
}

function headOf(answer: Proposal): string {
  const { proposal, state, stale, base, author, coauthors, names, reason, at, change, percent, until } = answer
  const authors = [author, ...coauthors].map((one) => names[one] ?? one)
  const stage = `${percent === undefined ? '' : `, ${percent} % of subjects`}${until === undefined ? '' : `, until ${until}`}`
  const why = reason === '' ? '' : `: ${reason}`
  return `${proposal}  ${stale ? 'stale' : state}  ${change}, to revision ${base}, by ${authors.join(' and ')}, ${at}${stage}${why}`
}

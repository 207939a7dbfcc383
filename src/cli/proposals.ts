/** `sluice proposals`: what gives somebody more and waits, and a second person's word on it, at a running gateway. */
import { readFile } from 'node:fs/promises'
import { Command } from 'commander'
import { request } from 'undici'

interface Options {
  readonly control: string
  readonly tokenFile: string
  readonly note: string
  readonly json?: boolean
}
interface ProposalAnswer {
  readonly proposal: number
  readonly state: string
  readonly stale: boolean
  readonly base: number
  readonly author: string
  readonly reason: string
  readonly at: string
  readonly change: string
  readonly words: string
  readonly warnings: readonly string[]
}
interface Refusal {
  readonly title?: string
  readonly items?: undefined
}

/** Exit 0 where it was done, 1 where it was refused or nothing is there. */
export function proposalsCommand(): Command {
  const proposals = new Command('proposals').description(
    'Changes that give somebody more, and wait for another person.',
  )
  withOptions(proposals.command('list').description('what waits')).action(async (options: Options) => {
    await ask(options, 'GET', '/proposals?state=waiting', (answer) => {
      const { items } = answer as unknown as { readonly items: readonly ProposalAnswer[] }
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
        await ask(options, 'POST', `/proposals/${number}/${word}`, headOf)
      })
  }
  return proposals
}

function withOptions(command: Command): Command {
  return command
    .option('--control <url>', 'address of the control plane', 'http://127.0.0.1:8081')
    .option('--token-file <path>', 'file with your token', 'data/keys/staff.token')
    .option('--json', 'print the answer as JSON')
}

async function ask(
  { control, tokenFile, note, json }: Options,
  method: 'GET' | 'POST',
  path: string,
  print: (answer: ProposalAnswer) => string,
): Promise<void> {
  const token = (await readFile(tokenFile, 'utf8')).trim()
  const { statusCode, body } = await request(`${control}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(method === 'GET' ? {} : { body: JSON.stringify({ note }) }),
  })
  const answer = (await body.json()) as ProposalAnswer | Refusal
  if (json === true) console.log(JSON.stringify(answer))
  // Sound: what the control plane answers to these paths when it does not refuse; its tests hold it to its schema.
  else if (statusCode === 200) console.log(print(answer as ProposalAnswer))
  else console.error((answer as Refusal).title ?? `answered ${statusCode}`)
  if (statusCode !== 200) process.exitCode = 1
}

function bodyOf(proposal: ProposalAnswer): string {
  const warnings = proposal.warnings.map((warning) => `warning ${warning}`)
  return [headOf(proposal), '', proposal.words, ...(warnings.length === 0 ? [] : ['', ...warnings])].join('\n')
}

function headOf({ proposal, state, stale, base, author, reason, at, change }: ProposalAnswer): string {
  const why = reason === '' ? '' : `: ${reason}`
  return `${proposal}  ${stale ? 'stale' : state}  ${change}, to revision ${base}, by ${author}, ${at}${why}`
}

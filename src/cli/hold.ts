/** `sluice hold list|place|release`: legal holds, at a running gateway. */
import { readFile } from 'node:fs/promises'
import { Command, InvalidArgumentError } from 'commander'
import { request } from 'undici'

interface Flags {
  readonly control: string
  readonly tokenFile: string
  readonly json?: boolean
}
interface PlaceFlags extends Flags {
  readonly reason: string
  readonly segment?: number
  readonly from?: string
  readonly to?: string
}
interface HoldBody {
  readonly id: string
  readonly first?: number
  readonly from?: string
  readonly to?: string
  readonly reason: string
  readonly since: string
}

export function holdCommand(): Command {
  const hold = new Command('hold').description('keeps records from being pruned: for a case or an inquiry')
  hold.addCommand(
    withFlags(new Command('list').description('all holds, oldest first')).action(async (flags: Flags) => {
      const answer = await call(flags, 'GET', 'ledger/holds?limit=1000')
      print(flags, answer, () => (answer.items as readonly HoldBody[]).map(holdLine))
    }),
  )
  hold.addCommand(
    withFlags(new Command('place').description('one segment, or every segment of a time, and what came after it'))
      .requiredOption('--reason <text>', 'a case number or the like; it stands in the ledger: name nobody')
      .option('--segment <seq>', 'a segment, by the number of its first record', wholeNumber)
      .option('--from <time>', 'ISO 8601')
      .option('--to <time>', 'ISO 8601')
      .action(async ({ reason, segment, from, to, ...flags }: PlaceFlags) => {
        const terms = segment === undefined ? { reason, from: utc(from), to: utc(to) } : { reason, first: segment }
        const answer = await call(flags, 'POST', 'ledger/holds', terms)
        print(flags, answer, () => [holdLine(answer as unknown as HoldBody)])
      }),
  )
  hold.addCommand(
    withFlags(new Command('release').description('lets retention have them again'))
      .argument('<id>')
      .action(async (id: string, flags: Flags) => {
        const answer = await call(flags, 'DELETE', `ledger/holds/${encodeURIComponent(id)}`)
        print(flags, answer, () => [`released ${id}`])
      }),
  )
  return hold
}

function withFlags(command: Command): Command {
  return command
    .option('--control <url>', 'address of the control plane', 'http://127.0.0.1:8081')
    .option('--token-file <path>', 'file with a token of a privacy officer', 'data/keys/staff.token')
    .option('--json', 'print the answer as JSON')
}

type AnswerBody = Readonly<Record<string, unknown>>

/** Undefined answers of the gateway end the command with exit code 1, and say why. */
async function call(flags: Flags, method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<AnswerBody> {
  const token = (await readFile(flags.tokenFile, 'utf8')).trim()
  const { statusCode, body: answered } = await request(`${flags.control}/api/v1/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const answer = (await answered.json()) as AnswerBody
  if (statusCode >= 300) process.exitCode = 1
  return answer
}

function print({ json = false }: Flags, answer: AnswerBody, lines: () => readonly string[]): void {
  if (json) console.log(JSON.stringify(answer))
  else if (process.exitCode === 1) console.error(`${answer.code}: ${answer.title}`)
  else for (const line of lines()) console.log(line)
}

function holdLine({ id, first, from, to, reason, since }: HoldBody): string {
  const what = first === undefined ? `${from} to ${to}` : `segment ${first}`
  return `${id}  ${what}  since ${since}  ${reason}`
}

/** As the API takes it: a time with its zone. */
function utc(time: string | undefined): string {
  const parsed = Date.parse(time ?? '')
  if (Number.isNaN(parsed)) throw new InvalidArgumentError('--segment, or both --from and --to, are needed.')
  return new Date(parsed).toISOString()
}

function wholeNumber(text: string): number {
  if (!/^[0-9]{1,15}$/u.test(text)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(text)
}

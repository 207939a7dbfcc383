/** `sluice pack`: streams an evidence pack to a file. */
import { once } from 'node:events'
import { createReadStream, createWriteStream, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { Command, InvalidArgumentError, Option } from 'commander'
import { request } from 'undici'
import { accessOf, withAccessFlags } from './control/access.ts'
import { asNoAnswer, refusalLines } from './control/refusal.ts'
import { orRefuse, type StaffFlags, StaffRefused } from './control/staff.ts'

interface OutFlags extends StaffFlags {
  readonly out: string
}
interface BreachFlags extends OutFlags {
  readonly partner: string
  readonly from: string
  readonly to: string
  readonly identities?: string
}
interface SampleFlags extends OutFlags {
  readonly seed: string
  readonly checkpoint?: string
}

export function packCommand(): Command {
  const pack = new Command('pack').description('evidence to hand over: after a breach, for a regulator, for an auditor')
  pack.addCommand(
    withOut(
      new Command('breach').description('every disclosure to a partner within a time, proved, and who is concerned'),
    )
      .requiredOption('--partner <id>', 'the partner')
      .requiredOption('--from <time>', 'from this day or time on, ISO 8601', moment)
      .requiredOption('--to <time>', 'before this day or time', moment)
      .option('--identities <csv>', 'your own file (kind,value,country): says which of its lines are concerned instead')
      .action((flags: BreachFlags) => orRefuse(() => breach(flags))),
  )
  pack.addCommand(
    withOut(new Command('sample').description('random disclosures with proofs, which nobody could have chosen'))
      .argument('<n>', 'how many disclosures', wholeNumber)
      .requiredOption('--seed <text>', 'a text of whoever asks for the sample')
      .option('--checkpoint <file>', 'a checkpoint that they remember: the sample is drawn from its tree')
      .action((wanted: number, flags: SampleFlags) => orRefuse(() => sample(wanted, flags))),
  )
  pack.addCommand(
    withOut(
      new Command('processing').description('the record of processing activities (GDPR Art. 30), from what is live'),
    )
      .addOption(new Option('--format <format>', 'how').choices(['json', 'markdown', 'html']).default('markdown'))
      .action((flags: OutFlags & { readonly format: string }) =>
        orRefuse(() => save(flags, 'GET', `processing-record?format=${flags.format}`)),
      ),
  )
  return pack
}

function withOut(command: Command): Command {
  return withAccessFlags(command).requiredOption('--out <file>', 'file to write; must not exist')
}

async function breach(flags: BreachFlags): Promise<void> {
  const { partner, from, to, identities } = flags
  if (identities === undefined) return save(flags, 'POST', 'packs/breach', JSON.stringify({ partner, from, to }))
  const query = new URLSearchParams({ partner, from, to })
  return save(flags, 'POST', `packs/breach/match?${query}`, createReadStream(identities), 'text/csv')
}

async function sample(wanted: number, flags: SampleFlags): Promise<void> {
  const size = flags.checkpoint === undefined ? {} : { size: sizeIn(flags.checkpoint) }
  return save(flags, 'POST', 'packs/sample', JSON.stringify({ wanted, seed: flags.seed, ...size }))
}

/** Streams the answer into a file readable only by its owner; an incomplete file is removed. */
async function save(
  flags: OutFlags,
  method: 'GET' | 'POST',
  path: string,
  body?: string | Readable,
  type = 'application/json',
) {
  const { control, token } = await accessOf(flags)
  const file = createWriteStream(flags.out, { flags: 'wx', mode: 0o600 })
  await once(file, 'open')
  try {
    const { statusCode, body: answered } = await request(`${control}/api/v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': type }) },
      ...(body === undefined ? {} : { body }),
    }).catch((error: unknown) => {
      throw asNoAnswer(error, control)
    })
    if (statusCode >= 300)
      throw new StaffRefused(refusalLines((await answered.json()) as Readonly<Record<string, unknown>>, statusCode))
    for await (const piece of answered) if (!file.write(piece)) await once(file, 'drain')
    file.end()
    await finished(file)
    console.log(`written to ${flags.out}`)
  } catch (error) {
    file.destroy()
    await rm(flags.out, { force: true })
    throw error
  }
}

function sizeIn(path: string): number {
  const size = Number(readFileSync(path, 'utf8').split('\n')[1])
  if (!Number.isSafeInteger(size) || size < 1) throw new StaffRefused(`${path}: not a checkpoint`)
  return size
}

function moment(text: string): string {
  const at = Date.parse(text)
  if (Number.isNaN(at)) throw new InvalidArgumentError('It must be a day or time, such as 2026-01-31.')
  return new Date(at).toISOString()
}

function wholeNumber(text: string): number {
  if (!/^[1-9][0-9]{0,4}$/u.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 to 10,000.')
  return Number(text)
}

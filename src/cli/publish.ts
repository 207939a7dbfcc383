/** `sluice publish`, `rollback` and `rollout`: changes of the live revision. A widening change waits for approval. */
import { Command, InvalidArgumentError } from 'commander'
import { parse } from 'yaml'
import type { SubmittedAnswer } from '../control/routes/publish.ts'
import { savedFiles } from '../publish/saved-files.ts'
import { print } from './control/print.ts'
import { callStaff, orRefuse, type StaffFlags, StaffRefused, withStaffFlags } from './control/staff.ts'
import { tint, tintLines } from './terminal.ts'

interface Why extends StaffFlags {
  readonly message?: string
  readonly reason?: string
}
interface PublishFlags extends Why {
  readonly set?: readonly Edit[]
  readonly unset?: readonly Edit[]
  readonly until?: string
  readonly percent?: number
  readonly dryRun?: boolean
}
interface Edit {
  readonly file: string
  readonly path: readonly string[]
  readonly value: unknown
}

export function publishCommand(): Command {
  return withWhy(new Command('publish'))
    .description(
      'Publishes a folder, or single values, to a running gateway: at once where it only narrows, as a proposal otherwise. Exit 0 where it is live, 2 where it waits.',
    )
    .argument('[DIR]', 'configuration folder; default config, unless --set or --unset say what changes')
    .option(
      '--set <file:path=value>',
      'one value, such as partners/acme.yaml:share.ip=[16,40]; may be repeated',
      addSet,
    )
    .option('--unset <file:path>', 'removes one value; may be repeated', addUnset)
    .option('--until <time>', 'what is wider ends by itself then (ISO 8601)', timeOf)
    .option('--percent <n>', 'what is wider holds for this share of subjects only', percentOf)
    .option('--dry-run', 'says what it would mean, and changes nothing')
    .action((folder: string | undefined, flags: PublishFlags) => orRefuse(() => publish(folder, flags)))
}

export function rollbackCommand(): Command {
  return withWhy(new Command('rollback'))
    .description('Makes an earlier revision live again, as a new one and under the rules of any other change.')
    .argument('<revision>', 'its number', revisionOf)
    .action((to: number, { message, reason, ...flags }: Why) =>
      orRefuse(() => submit(flags, 'POST', 'rollback', { to, message, reason })),
    )
}

export function rolloutCommand(): Command {
  return withWhy(new Command('rollout'))
    .description(
      'Sets the percentage of a partner’s staged rollout; 100 completes it. A lower one takes effect immediately.',
    )
    .argument('<partner>', 'whose')
    .argument('<percent>', '0 to 100', percentOf)
    .action((partner: string, percent: number, { message, reason, ...flags }: Why) =>
      orRefuse(() =>
        submit(flags, 'PUT', `partners/${encodeURIComponent(partner)}/rollout`, { percent, message, reason }),
      ),
    )
}

function withWhy(command: Command): Command {
  return withStaffFlags(command)
    .option('--message <text>', 'for the history, one line, no personal data')
    .option('--reason <text>', 'why somebody is to receive more; needed where that is so')
}

async function publish(folder: string | undefined, asked: PublishFlags): Promise<void> {
  const { set = [], unset = [], until, percent, dryRun = false, message, reason, ...flags } = asked
  const edits = [...set, ...unset]
  if (folder !== undefined && edits.length > 0)
    throw new StaffRefused('Name a folder, or say --set and --unset: not both.')
  const live = await liveRevision(flags)
  const files = edits.length > 0 ? {} : await changedFiles(flags, live, folder ?? 'config')
  const changes = { edits, files }
  if (dryRun) {
    const diff = await callStaff<Pick<SubmittedAnswer, 'change' | 'words'>>(flags, 'POST', 'diff', { after: changes })
    return print(flags, diff, ({ change, words }) => [`would be ${change}`, tintLines(words)])
  }
  await submit(flags, 'POST', 'publish', { ...changes, message, reason, until, percent }, live)
}

/** @param base the revision that the change is based on. Default: the live one */
async function submit(
  flags: StaffFlags,
  method: 'POST' | 'PUT',
  path: string,
  body: object,
  base?: number,
): Promise<void> {
  const headers = { 'if-match': `"${base ?? (await liveRevision(flags))}"` }
  const submitted = await callStaff<SubmittedAnswer>(flags, method, path, body, headers)
  print(flags, submitted, submittedLines)
  if (submitted.result === 'proposed') process.exitCode = 2
}

async function liveRevision(flags: StaffFlags): Promise<number> {
  return Number((await callStaff(flags, 'GET', 'revisions/live')).revision)
}

/** The folder's changes to the live revision's files; null removes one. */
async function changedFiles(
  flags: StaffFlags,
  live: number,
  folder: string,
): Promise<Readonly<Record<string, string | null>>> {
  const texts = await savedFiles(folder)
    .readAll()
    .catch((cause: unknown) => {
      throw new StaffRefused(`${folder}: not a configuration folder`, { cause })
    })
  const path = `revisions/${live}/files`
  const { files } = await callStaff<{ readonly files: Readonly<Record<string, string>> }>(flags, 'GET', path)
  const names = [...new Set([...Object.keys(files), ...Object.keys(texts)])].filter(
    (name) => files[name] !== texts[name],
  )
  return Object.fromEntries(names.map((name) => [name, texts[name] ?? null]))
}

function* submittedLines(submitted: SubmittedAnswer): Generator<string> {
  const { result, revision, change, words, warnings, proposal, not_saved: missed } = submitted
  if (result === 'proposed') yield tint('warning', `waits for another person: proposal ${proposal} (${change})`)
  else yield result === 'published' ? tint('good', `live as revision ${revision} (${change})`) : 'nothing changes'
  if (words !== '') yield tintLines(words)
  for (const warning of warnings) yield `${tint('warning', 'warning')} ${warning}`
  if (missed !== undefined) yield tint('warning', `live, but not saved to ${missed.files.join(', ')} (${missed.why})`)
}

function addSet(text: string, before: readonly Edit[] = []): readonly Edit[] {
  const place = /^([^:]+):([^=]+)=(.*)$/s.exec(text)
  if (place === null) throw new InvalidArgumentError('Of the form FILE:PATH=VALUE.')
  const [, file = '', path = '', written = ''] = place
  let value: unknown
  try {
    value = parse(written)
  } catch {
    throw new InvalidArgumentError('The value is not YAML.')
  }
  return [...before, { file, path: path.split('.'), value }]
}

function addUnset(text: string, before: readonly Edit[] = []): readonly Edit[] {
  const [, file, path] = /^([^:]+):(.+)$/s.exec(text) ?? []
  if (file === undefined || path === undefined) throw new InvalidArgumentError('Of the form FILE:PATH.')
  return [...before, { file, path: path.split('.'), value: null }]
}

function timeOf(text: string): string {
  const time = Date.parse(text)
  if (Number.isNaN(time)) throw new InvalidArgumentError('A time, as 2026-01-31T12:00:00Z.')
  return new Date(time).toISOString()
}

function percentOf(text: string): number {
  if (!/^(\d|[1-9]\d|100)$/.test(text)) throw new InvalidArgumentError('A whole number from 0 to 100.')
  return Number(text)
}

function revisionOf(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('The number of a revision.')
  return Number(text)
}

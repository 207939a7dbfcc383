/**
 * `sluice subject show|export|erase`: a person's rights, for staff, at a running gateway. Who is meant is read from a file,
 * from standard input or from a prompt, never from the command line or a URL: both are kept in histories and logs.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { createInterface } from 'node:readline/promises'
import { text as readAll } from 'node:stream/consumers'
import { Command } from 'commander'
import { IDENTITY_KINDS, type IdentityKind } from '../model/event.ts'
import type { ErasureAnswer } from '../subjects/rights.ts'
import type { Statement } from '../subjects/statement.ts'
import { callStaff, orRefuse, type StaffFlags, StaffRefused, withStaffFlags } from './control/staff.ts'

interface Flags extends StaffFlags {
  readonly identity?: string
}
interface ExportFlags extends Flags {
  readonly out: string
}
interface EraseFlags extends Flags {
  readonly yes?: boolean
  readonly withSharedDevices?: boolean
}
type Identities = Readonly<Partial<Record<IdentityKind, string>>>

export function subjectCommand(): Command {
  const subject = new Command('subject').description(
    'shows, exports or erases what is on record about a person; asks who, and takes it from no argument',
  )
  subject.addCommand(
    withFlags(new Command('show').description('who received what, when and why')).action((flags: Flags) =>
      orRefuse(() => show(flags)),
    ),
  )
  subject.addCommand(
    withFlags(
      new Command('export').description('the same as a file to hand over, with records, proofs and the person’s keys'),
    )
      .requiredOption('--out <file>', 'file to write; must not exist')
      .action((flags: ExportFlags) => orRefuse(() => exportTo(flags))),
  )
  subject.addCommand(
    withFlags(
      new Command('erase').description('destroys the person’s keys, and lists whom to notify; cannot be undone'),
    )
      .option('--with-shared-devices', 'takes devices in that another account uses too')
      .option('--yes', 'do not ask again')
      .action((flags: EraseFlags) => orRefuse(() => erase(flags))),
  )
  return subject
}

function withFlags(command: Command): Command {
  return withStaffFlags(command).option(
    '--identity <file>',
    'JSON such as {"user": "…"}; - is standard input; without it you are asked',
  )
}

async function show(flags: Flags): Promise<void> {
  const handle = await lookUp(flags)
  const statement = await allOf(flags, `subjects/${handle}/disclosures`)
  if (flags.json === true) console.log(JSON.stringify(statement))
  else for (const line of statementLines(statement)) console.log(line)
}

async function exportTo(flags: ExportFlags): Promise<void> {
  const handle = await lookUp(flags)
  const statement = await allOf(flags, `subjects/${handle}/export`)
  await writeFile(flags.out, `${JSON.stringify(statement, undefined, 2)}\n`, { mode: 0o600, flag: 'wx' })
  const written = { file: flags.out, disclosures: statement.disclosures.length }
  console.log(
    flags.json === true ? JSON.stringify(written) : `${written.disclosures} disclosures written to ${flags.out}`,
  )
}

async function erase(flags: EraseFlags): Promise<void> {
  const handle = await lookUp(flags)
  if (flags.yes !== true && (await ask('This cannot be undone. Type erase to go on: ')) !== 'erase')
    throw new StaffRefused('nothing was erased')
  const body = { confirm: 'erase', with_shared_devices: flags.withSharedDevices === true }
  const erased = (await callStaff(flags, 'POST', `subjects/${handle}/erasure`, body)) as unknown as ErasureAnswer
  if (flags.json === true) console.log(JSON.stringify(erased))
  else for (const line of erasureLines(erased)) console.log(line)
}

function* statementLines({ recipients, disclosures, contact, policy }: Statement): Generator<string> {
  yield `${disclosures.length} disclosures to ${recipients.length} recipients; policy of ${policy}; contact ${contact}`
  for (const { name, disclosures: count, first, last, purposes, contact: whom } of recipients)
    yield `  ${name}: ${count} from ${first} to ${last}, for ${purposes.join(', ')}; contact ${whom}`
  for (const { at, recipient, event, fields, why, outcome, revision } of disclosures) {
    yield `${at}  ${recipient}  ${event}  revision ${revision}  ${outcome.in_words} ${why.in_words}`
    for (const { in_words: words } of fields) yield `    ${words}`
  }
}

function* erasureLines(erased: ErasureAnswer): Generator<string> {
  yield `erased: ${erased.identities} identities, ${erased.keys_destroyed} keys destroyed, ${erased.pairs_ended} waiting pairs ended`
  if (erased.shared_devices_left > 0)
    yield `${erased.shared_devices_left} devices were left: another account uses them too (--with-shared-devices takes them in)`
  if (erased.other_accounts_left > 0)
    yield `${erased.other_accounts_left} other accounts are linked; name them to erase them`
  yield erased.recipients.length === 0 ? 'nobody to notify' : 'notify (GDPR Art. 19):'
  for (const { name, contact, disclosures, deletion } of erased.recipients)
    yield `  ${name}, ${contact}: ${disclosures} disclosures${deletion === undefined ? '' : `; ${deletion}`}`
}

/** Every page of a statement as one. */
async function allOf(flags: Flags, path: string): Promise<Statement> {
  // The casts are sound: the gateway answers these calls with statements.
  const first = (await callStaff(flags, 'GET', path)) as unknown as Statement
  const disclosures = [...first.disclosures]
  for (let next = first.next; next !== undefined; ) {
    const page = (await callStaff(flags, 'GET', `${path}?after=${next}`)) as unknown as Statement
    disclosures.push(...page.disclosures)
    next = page.next
  }
  const { next: _, ...statement } = first
  return { ...statement, disclosures }
}

async function lookUp(flags: Flags): Promise<string> {
  const identities = await readIdentities(flags.identity)
  const { handle } = (await callStaff(flags, 'POST', 'subjects/lookup', { identities })) as unknown as {
    readonly handle: string
  }
  return handle
}

async function readIdentities(from: string | undefined): Promise<Identities> {
  if (from === undefined) {
    const kind = await ask(`kind of identity (${IDENTITY_KINDS.join(', ')}): `)
    return { [kind]: await ask('identity: ') }
  }
  const given = from === '-' ? await readAll(process.stdin) : await readFile(from, 'utf8')
  try {
    return JSON.parse(given) as Identities
  } catch {
    // The parser's message would quote it.
    throw new StaffRefused('the identity must be JSON such as {"user": "…"}')
  }
}

async function ask(question: string): Promise<string> {
  const prompt = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return (await prompt.question(question)).trim()
  } finally {
    prompt.close()
  }
}

/**
 * `sluice subject show|export|erase|link`: subjects' rights, for staff, at a running gateway. Identities are read from a file,
 * standard input or a prompt, never from arguments or a URL, which end up in histories and logs.
 */

import { writeFile } from 'node:fs/promises'
import { Command, InvalidArgumentError, Option } from 'commander'
import { LINK_PURPOSES, MOST_LINK_DAYS } from '../subjects/links.ts'
import type { ErasureAnswer } from '../subjects/rights.ts'
import type { Statement } from '../subjects/statement.ts'
import { print } from './control/print.ts'
import { callStaff, orRefuse, StaffRefused } from './control/staff.ts'
import { ask, lookUp, type WhoFlags, withWhoFlags } from './control/who.ts'

interface ExportFlags extends WhoFlags {
  readonly out: string
}
interface EraseFlags extends WhoFlags {
  readonly yes?: boolean
  readonly withSharedDevices?: boolean
  readonly accounts?: string
  readonly despiteHolds?: boolean
}

interface LinkFlags extends WhoFlags {
  readonly purpose: string
  readonly days: number
  readonly origin?: string
}

export function subjectCommand(): Command {
  const subject = new Command('subject').description(
    'shows, exports or erases what is on record about a person, or makes a link for them; asks who, and takes it from no argument',
  )
  subject.addCommand(
    withWhoFlags(new Command('show').description('who received what, when and why')).action((flags: WhoFlags) =>
      orRefuse(() => show(flags)),
    ),
  )
  subject.addCommand(
    withWhoFlags(
      new Command('export').description('the same as a file to hand over, with records, proofs and the person’s keys'),
    )
      .requiredOption('--out <file>', 'file to write; must not exist')
      .action((flags: ExportFlags) => orRefuse(() => exportTo(flags))),
  )
  subject.addCommand(
    withWhoFlags(
      new Command('erase').description('destroys the person’s keys, and lists whom to notify; cannot be undone'),
    )
      .option('--with-shared-devices', 'takes devices in that another account uses too')
      .addOption(
        new Option('--accounts <what>', 'what becomes of accounts that a device is linked to').choices([
          'include',
          'leave',
        ]),
      )
      .option('--despite-holds', 'erases although a legal hold keeps records about the person')
      .option('--yes', 'do not ask again')
      .action((flags: EraseFlags) => orRefuse(() => erase(flags))),
  )
  subject.addCommand(
    withWhoFlags(
      new Command('link').description(
        'makes a link by which the person opens their own page: good once, for one purpose',
      ),
    )
      .addOption(new Option('--purpose <what>', 'what the page is for').choices(LINK_PURPOSES).makeOptionMandatory())
      .option('--days <number>', `how long it can be used; at most ${MOST_LINK_DAYS}`, wholeDays, 7)
      .option('--origin <url>', 'address at which people reach the data plane; printed before the link')
      .action((flags: LinkFlags) => orRefuse(() => link(flags))),
  )
  return subject
}

/** A link gives its holder the access of its purpose: verify the requester first. */
async function link({ purpose, days, origin = '', ...flags }: LinkFlags): Promise<void> {
  const handle = await lookUp(flags)
  const made = await callStaff(flags, 'POST', `subjects/${handle}/links`, { purpose, days })
  const whole = { ...made, link: `${origin.replace(/\/$/u, '')}${String(made.path)}` }
  print(flags, whole, () => [whole.link, `for ${purpose}, good once, until ${String(made.expires)}`])
}

function wholeDays(text: string): number {
  const days = Number(text)
  if (!Number.isInteger(days) || days < 1 || days > MOST_LINK_DAYS)
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${MOST_LINK_DAYS}.`)
  return days
}

async function show(flags: WhoFlags): Promise<void> {
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
  const body = {
    confirm: 'erase',
    with_shared_devices: flags.withSharedDevices === true,
    ...(flags.accounts === undefined ? {} : { accounts: flags.accounts }),
    ...(flags.despiteHolds === true ? { despite_holds: true } : {}),
  }
  const erased = (await callStaff(flags, 'POST', `subjects/${handle}/erasure`, body)) as unknown as ErasureAnswer
  if (flags.json === true) console.log(JSON.stringify(erased))
  else for (const line of erasureLines(erased)) console.log(line)
}

function* statementLines({ recipients, disclosures, contact, policy, notes = [] }: Statement): Generator<string> {
  for (const { in_words: words } of notes) yield `note: ${words}`
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
  if (erased.keys_overwritten === false)
    yield 'another program reads keys/subjects.db: the bytes of the keys are overwritten once it lets go'
  yield erased.recipients.length === 0 ? 'nobody to notify' : 'notify (GDPR Art. 19):'
  for (const { name, contact, disclosures, deletion } of erased.recipients)
    yield `  ${name}, ${contact}: ${disclosures} disclosures${deletion === undefined ? '' : `; ${deletion}`}`
}

/** Joins all pages of a statement. */
async function allOf(flags: WhoFlags, path: string): Promise<Statement> {
  // The casts are sound: these calls answer statements.
  const first = (await callStaff(flags, 'GET', path)) as unknown as Statement
  const disclosures = [...first.disclosures]
  const missing = new Set(first.missing)
  for (let next = first.next; next !== undefined; ) {
    const page = (await callStaff(flags, 'GET', `${path}?after=${next}`)) as unknown as Statement
    disclosures.push(...page.disclosures)
    for (const cell of page.missing ?? []) missing.add(cell)
    next = page.next
  }
  const { next: _, ...statement } = first
  return { ...statement, disclosures, ...(missing.size === 0 ? {} : { missing: [...missing] }) }
}

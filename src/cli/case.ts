/** `sluice case open|list|show|confirm|note|extend|refuse|close|run`: subjects' requests, at a running gateway. */
import { readFile } from 'node:fs/promises'
import { text as readAll } from 'node:stream/consumers'
import { Command, Option } from 'commander'
import type { CaseBody } from '../control/routes/case-shape.ts'
import type { RunCase } from '../control/routes/case-steps.ts'
import type { CasePage } from '../control/routes/cases.ts'
import { PURPOSES } from '../model/contract.ts'
import { ASKERS, CASE_KINDS, EVIDENCE, REFUSALS } from '../subjects/desk/case.ts'
import { print } from './control/print.ts'
import { callStaff, orRefuse, pagesOf, type StaffFlags, withStaffFlags } from './control/staff.ts'
import { ask, lookUp, type WhoFlags, withWhoFlags } from './control/who.ts'

interface OpenFlags extends WhoFlags {
  readonly kind: string
  readonly by: string
  readonly law?: string
  readonly received?: string
  readonly purposes?: readonly string[]
  readonly textFile?: string
}
interface ListFlags extends StaffFlags {
  readonly state?: string
  readonly kind?: string
}
interface StepFlags extends StaffFlags {
  readonly textFile?: string
  readonly evidence?: string
  readonly reason?: string
  readonly withdrawn?: boolean
  readonly liftPersonInformed?: boolean
  readonly withSharedDevices?: boolean
  readonly despiteHolds?: boolean
  readonly accounts?: string
}

export function caseCommand(): Command {
  const command = new Command('case').description(
    'what people have asked for: opens, lists and answers it, with the law’s clock',
  )
  command.addCommand(
    withWhoFlags(
      new Command('open').description('writes down what somebody asked for; asks who, and takes it from no argument'),
    )
      .addOption(new Option('--kind <kind>', 'what was asked for').choices(CASE_KINDS).makeOptionMandatory())
      .addOption(new Option('--by <who>', 'who asks').choices(ASKERS).default('person'))
      .option('--law <regime>', 'whose clock runs, such as eea; else that of the person’s records')
      .option('--received <day>', 'when it reached us, YYYY-MM-DD; else today')
      .addOption(new Option('--purposes <purposes...>', 'of an objection').choices(PURPOSES))
      .option('--text-file <file>', 'what was asked for, in words; - is standard input')
      .action((flags: OpenFlags) => orRefuse(() => open(flags))),
  )
  command.addCommand(
    withStaffFlags(new Command('list').description('those due first'))
      .addOption(new Option('--state <state>', 'only these').choices(['open', 'closed', 'overdue']))
      .addOption(new Option('--kind <kind>', 'only these').choices(CASE_KINDS))
      .action((flags: ListFlags) => orRefuse(() => list(flags))),
  )
  command.addCommand(
    withStaffFlags(new Command('show').description('one, with what was written and who received something'))
      .argument('<case>')
      .action((id: string, flags: StaffFlags) =>
        orRefuse(async () => show(flags, await callStaff(flags, 'GET', `cases/${encodeURIComponent(id)}`))),
      ),
  )
  command.addCommand(
    step(
      'confirm',
      'the person was told that their request has come',
      (one) => one,
      () => ({}),
    ),
  )
  command.addCommand(
    step(
      'note',
      'what was seen or done',
      withText,
      ({ evidence }) => ({ evidence }),
      (one) =>
        one.addOption(new Option('--evidence <kind>', 'the note says how it was shown who asks').choices(EVIDENCE)),
    ),
  )
  command.addCommand(
    step('extend', 'as far as the law allows, once; the person must have been told why', withText, () => ({})),
  )
  command.addCommand(
    step(
      'refuse',
      'with the reason that the person was given',
      withText,
      ({ reason }) => ({ refusal: reason }),
      (one) => one.addOption(new Option('--reason <word>', 'why').choices(REFUSALS).makeOptionMandatory()),
    ),
  )
  command.addCommand(
    step(
      'close',
      'it was answered, or taken back',
      (one) => withTextFlag(one),
      ({ withdrawn, liftPersonInformed }) => ({
        how: withdrawn === true ? 'withdrawn' : 'done',
        ...(liftPersonInformed === true ? { lift: 'person_informed' } : {}),
      }),
      (one) =>
        one
          .option('--withdrawn', 'who asked took it back')
          .option('--lift-person-informed', 'ends what was denied for purposes; the person was told before'),
    ),
  )
  command.addCommand(
    step(
      'run',
      'does it; what destroys something takes the same command by a second person',
      (one) => one,
      ({ withSharedDevices, despiteHolds, accounts }) => ({
        with_shared_devices: withSharedDevices === true,
        despite_holds: despiteHolds === true,
        accounts,
      }),
      (one) =>
        one
          .option('--with-shared-devices', 'of an erasure: devices in that another account uses too')
          .option('--despite-holds', 'of an erasure: although a legal hold keeps records')
          .addOption(new Option('--accounts <what>', 'of an erasure: linked accounts').choices(['include', 'leave'])),
    ),
  )
  return command
}

function step(
  word: string,
  says: string,
  first: (command: Command) => Command,
  bodyOf: (flags: StepFlags) => object,
  then: (command: Command) => Command = (command) => command,
): Command {
  return then(first(withStaffFlags(new Command(word).description(says)).argument('<case>'))).action(
    (id: string, flags: StepFlags) =>
      orRefuse(async () => {
        const text = await textOf(flags, NEED_TEXT.includes(word))
        const path = `cases/${encodeURIComponent(id)}/${word}`
        show(flags, await callStaff(flags, 'POST', path, { ...bodyOf(flags), text }))
      }),
  )
}

const NEED_TEXT: readonly string[] = ['note', 'extend', 'refuse']

function withText(command: Command): Command {
  return command.option(
    '--text-file <file>',
    'the text, kept sealed with the case; - is standard input; else you are asked',
  )
}

function withTextFlag(command: Command): Command {
  return command.option('--text-file <file>', 'a text, kept sealed with the case; - is standard input')
}

/** Read from a file, never from an argument: texts may be personal, and shells keep arguments in their history. */
async function textOf(
  { textFile }: { readonly textFile?: string | undefined },
  needed: boolean,
): Promise<string | undefined> {
  if (textFile === undefined) return needed ? ask('text: ') : undefined
  return (textFile === '-' ? await readAll(process.stdin) : await readFile(textFile, 'utf8')).trim()
}

async function open({ kind, by, law, received, purposes, textFile, ...flags }: OpenFlags): Promise<void> {
  const text = await textOf({ textFile }, false)
  const handle = await lookUp(flags)
  const body = { handle, kind, by, law, received, purposes, text }
  show(flags, await callStaff(flags, 'POST', 'cases', body))
}

async function list({ state, kind, ...flags }: ListFlags): Promise<void> {
  const items: CaseBody[] = []
  let totals = { open: 0, overdue: 0 }
  for await (const page of pagesOf<CasePage>(flags, 'cases', { state, kind })) {
    items.push(...page.items)
    totals = page.totals
  }
  print(flags, { items, totals }, () => [...items.map(line), `${totals.open} open, ${totals.overdue} overdue`])
}

function line({
  case: id,
  kind,
  by,
  due,
  days_left: left,
  overdue,
  confirm_by: confirm,
  confirmed,
  asked_by: asked,
  ended,
}: CaseBody): string {
  const when =
    ended === undefined
      ? overdue
        ? `overdue since ${due} (${-left} days)`
        : `due ${due} (${left} days)`
      : `${ended.how} on ${ended.at}`
  const more = [
    ...(ended === undefined && confirm !== undefined && !confirmed ? [`confirm the receipt by ${confirm}`] : []),
    ...(asked === undefined ? [] : ['waits for a second person']),
  ]
  return [`${id}  ${kind} by ${by}`, when, ...more].join('; ')
}

function show(flags: StaffFlags, answer: RunCase): void {
  print(flags, answer, wholeLines)
}

function* wholeLines(whole: RunCase): Generator<string> {
  const {
    law,
    source,
    received,
    extendable_to: extendable,
    steps,
    names,
    recipients,
    contact,
    link,
    erased,
    receipt,
  } = whole
  yield line(whole)
  yield `  ${law}: ${source}; received ${received}${extendable === undefined ? '' : `; can be extended to ${extendable}`}; contact ${contact}`
  for (const { what, at, by, evidence, refusal, text } of steps) {
    const words = [evidence, refusal].filter((word) => word !== undefined)
    yield `  ${at}  ${what} by ${names[by] ?? by}${words.length === 0 ? '' : ` (${words.join(', ')})`}`
    for (const said of text?.split('\n') ?? []) yield `      ${said}`
  }
  yield recipients.length === 0 ? '  nobody received anything' : '  received something:'
  for (const { name, contact: whom, disclosures } of recipients)
    yield `    ${name}, ${whom}${disclosures === 0 ? '' : `: ${disclosures} disclosures`}`
  if (receipt !== undefined) yield `  receipt ${receipt.id}: --json prints it whole, for the person`
  if (link !== undefined) yield `  for the person, good once, until ${link.expires}: ${link.path}`
  if (erased !== undefined)
    yield `  erased: ${erased.keys_destroyed} keys destroyed${erased.code === undefined ? '' : `; the answer again, for 90 days: ${erased.code}`}`
}

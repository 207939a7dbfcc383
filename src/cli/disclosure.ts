/** `sluice disclosure record|list|bar`: disclosures made outside the gateway; subjects are read only from a file. */
import { readFile } from 'node:fs/promises'
import { Command, Option } from 'commander'
import type { Page } from '../control/pages.ts'
import type { DisclosedByHand } from '../control/routes/by-hand.ts'
import { FIELD_CLASSES } from '../model/field-class.ts'
import { tryJson } from '../model/json-text.ts'
import { GROUNDS } from '../subjects/by-hand.ts'
import { print } from './control/print.ts'
import { callStaff, orRefuse, type StaffFlags, StaffRefused, withStaffFlags } from './control/staff.ts'

/** Most subjects in one call. */
const MOST_PEOPLE = 1_000

interface RecordFlags extends StaffFlags {
  readonly ground: string
  readonly recipient: string
  readonly basis: string
  readonly classes: readonly string[]
  readonly scope: string
  readonly document: string
  readonly at?: string
  readonly people?: string
  readonly everyone?: boolean
  readonly namespace?: string
  readonly barUntil?: string
  readonly barReason?: string
}
interface BarFlags extends StaffFlags {
  readonly until?: string
  readonly reason?: string
}

export function disclosureCommand(): Command {
  const command = new Command('disclosure').description(
    'disclosures made outside the gateway: legal process, mergers, safety',
  )
  command.addCommand(
    withStaffFlags(
      new Command('record').description('records one, so that it is in the statements of those it is about'),
    )
      .addOption(new Option('--ground <ground>', 'why').choices(GROUNDS).makeOptionMandatory())
      .requiredOption('--recipient <text>', 'who received it')
      .requiredOption('--basis <text>', 'the law, order or contract that it rests on')
      .addOption(new Option('--classes <classes...>', 'of data').choices(FIELD_CLASSES).makeOptionMandatory())
      .requiredOption('--scope <text>', 'what was handed over, in words that the people read')
      .requiredOption('--document <text>', 'where the papers are; no statement shows it')
      .option('--at <day>', 'when it was handed over, YYYY-MM-DD; else today')
      .option('--people <file>', 'whom it is about: a line of JSON each, such as {"user": "…"}')
      .option('--everyone', 'it was about everybody, as in a merger')
      .option('--namespace <name>', 'of the user ids, where apps use several')
      .option('--bar-until <day>', 'no statement shows it before')
      .option('--bar-reason <text>', 'such as the order that forbids to tell')
      .action((flags: RecordFlags) => orRefuse(() => record(flags))),
  )
  command.addCommand(
    withStaffFlags(new Command('list').description('the newest first')).action((flags: StaffFlags) =>
      orRefuse(async () => {
        const answer = await callStaff<Page<DisclosedByHand>>(flags, 'GET', 'disclosures/by-hand?limit=1000')
        print(flags, answer, ({ items }) => items.map(line))
      }),
    ),
  )
  command.addCommand(
    withStaffFlags(new Command('bar').description('keeps one out of statements until a day; without one, it is shown'))
      .argument('<id>')
      .option('--until <day>', 'YYYY-MM-DD')
      .option('--reason <text>', 'such as the order that forbids to tell')
      .action((id: string, { until, reason, ...flags }: BarFlags) =>
        orRefuse(async () => {
          const bar = barOf(until, reason) ?? null
          const path = `disclosures/by-hand/${encodeURIComponent(id)}/bar`
          const barred = await callStaff<DisclosedByHand>(flags, 'PUT', path, { bar })
          print(flags, barred, () => [line(barred)])
        }),
      ),
  )
  return command
}

async function record(given: RecordFlags): Promise<void> {
  const { ground, recipient, basis, classes, scope, document, at, everyone, namespace, barUntil, barReason } = given
  const bar = barOf(barUntil, barReason)
  const people = given.people === undefined ? [] : peopleIn(await readFile(given.people, 'utf8'), given.people)
  const terms = { ground, recipient, basis, classes, scope, document, at, bar, everyone, namespace }
  const first = { ...terms, people: people.slice(0, MOST_PEOPLE) }
  let answer = await callStaff<DisclosedByHand>(given, 'POST', 'disclosures/by-hand', first)
  const path = `disclosures/by-hand/${answer.id}/people`
  for (let from = MOST_PEOPLE; from < people.length; from += MOST_PEOPLE)
    answer = await callStaff(given, 'POST', path, { namespace, people: people.slice(from, from + MOST_PEOPLE) })
  print(given, answer, () => [line(answer)])
}

/** Errors name the line, never its content. */
function peopleIn(text: string, file: string): readonly unknown[] {
  return text
    .split('\n')
    .map((one, index) => ({ one: one.trim(), index }))
    .filter(({ one }) => one !== '')
    .map(({ one, index }) => {
      const person = tryJson(one)
      if (typeof person !== 'object' || person === null || Array.isArray(person))
        throw new StaffRefused(
          `${file}:${index + 1}: must be a JSON object such as {"user": "…"}. Nothing was recorded.`,
        )
      return person
    })
}

function barOf(until: string | undefined, reason: string | undefined): object | undefined {
  if (until === undefined && reason === undefined) return undefined
  if (until === undefined || reason === undefined) throw new StaffRefused('A bar needs both its day and its reason.')
  return { until, reason }
}

function line({ id, ground, recipient, at, everyone, people, unknown, bar }: DisclosedByHand): string {
  const whom = everyone ? 'everybody' : `${people} people${unknown === 0 ? '' : `, ${unknown} of whom nothing is kept`}`
  return `${id}  ${at}  ${ground}: ${recipient}; ${whom}${bar === undefined ? '' : `; barred until ${bar.until}`}`
}

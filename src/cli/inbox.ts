/** `sluice inbox`: lists event and property names that no contract mentions, and ignores, blocks or resets them. */
import { Command } from 'commander'
import type { InboxPage } from '../control/routes/inbox.ts'
import { print } from './control/print.ts'
import { callEach, callStaff, orRefuse, pagesOf, type StaffFlags, withStaffFlags } from './control/staff.ts'
import { tint } from './terminal.ts'

interface ListFlags extends StaffFlags {
  readonly state: string
  readonly app?: string
}

const WORDS: Readonly<Record<string, string>> = { ignore: 'ignored', block: 'blocked', wait: 'waiting' }

export function inboxCommand(): Command {
  const inbox = new Command('inbox').description(
    'Names of events and properties that apps send and no contract names. Granting one is a change of a contract.',
  )
  withStaffFlags(inbox.command('list').description('names with counts, oldest first; no value, and nobody'))
    .option('--state <word>', 'waiting, ignored, blocked, granted, or all', 'waiting')
    .option('--app <id>', 'only this app’s')
    .action((flags: ListFlags) => orRefuse(() => list(flags)))
  const says: readonly (readonly [word: string, what: string])[] = [
    ['ignore', 'not asked about again'],
    ['block', 'no change can grant it until an approver lets it wait again'],
    ['wait', 'asked about again'],
  ]
  for (const [word, what] of says)
    withStaffFlags(
      inbox.command(word).description(what).argument('<ID...>', 'names, by their numbers in the list'),
    ).action((ids: readonly string[], flags: StaffFlags) => orRefuse(() => say(ids, WORDS[word]!, flags)))
  return inbox
}

async function list({ state, app, ...flags }: ListFlags): Promise<void> {
  const items: InboxPage['items'] = []
  let last: InboxPage = { items, names: {}, not_kept: 0 }
  for await (const page of pagesOf<InboxPage>(flags, 'inbox', { state: state === 'all' ? undefined : state, app })) {
    items.push(...page.items)
    last = page
  }
  print(flags, { ...last, items }, lines)
}

function* lines({ items, names, not_kept }: InboxPage): Generator<string> {
  if (items.length === 0) yield 'no names'
  for (const { id, app, kind, event, name, count, first_at, state, by, partners } of items) {
    const what = kind === 'event' ? event : `${event}: ${name}`
    const who = by === undefined ? state : `${state} by ${names[by] ?? by}`
    const whom = partners.length === 0 ? '' : `; could go to ${partners.join(', ')}`
    yield `${tint('strong', String(id).padStart(4))}  ${app}  ${what}  ${tint('faint', `${count} since ${first_at}, ${who}${whom}`)}`
  }
  if (not_kept > 0) yield tint('warning', `${not_kept} more had no room: decide about these first`)
}

function say(ids: readonly string[], state: string, flags: StaffFlags): Promise<void> {
  return callEach(
    ids,
    (id) => callStaff(flags, 'PUT', `inbox/${id}`, { state }),
    (count) => print(flags, { [state]: count }, () => [`${count} ${state}`]),
  )
}

/** `sluice dead-letters`: lists undelivered pairs, and retries or drops them by id or in bulk. */
import { Command, InvalidArgumentError } from 'commander'
import type { Page } from '../control/pages.ts'
import type { DeadLetter } from '../control/routes/deliveries.ts'
import { print } from './control/print.ts'
import {
  callEach,
  callStaff,
  orRefuse,
  pagesOf,
  type StaffFlags,
  StaffRefused,
  withStaffFlags,
} from './control/staff.ts'
import { tint } from './terminal.ts'

interface Filter extends StaffFlags {
  readonly partner?: string
  readonly event?: string
}
interface ListFlags extends Filter {
  readonly limit: number
}
/** Counts by result: `waits` for a retry, `discarded` for a drop. */
type Ended = Readonly<Record<string, number>>

export function deadLettersCommand(): Command {
  const letters = new Command('dead-letters').description(
    'Events that a partner never got: listed with the cause, tried again, or dropped.',
  )
  withFilter(letters.command('list').description('the newest first; they hold nothing personal'))
    .option('--limit <n>', 'at most so many', wholeNumber, 100)
    .action((flags: ListFlags) => orRefuse(() => list(flags)))
  withFilter(
    letters
      .command('retry')
      .description('one more try, decided afresh: what may not leave now does not')
      .argument('[ID...]', 'letters; or all of a partner with --partner'),
  ).action((ids: readonly string[], flags: Filter) => orRefuse(() => endAll(ids, flags, 'retry')))
  withFilter(
    letters
      .command('drop')
      .description('off the list; the books still count them as they ended')
      .argument('[ID...]', 'letters; or all of a partner with --partner'),
  ).action((ids: readonly string[], flags: Filter) => orRefuse(() => endAll(ids, flags, 'discard')))
  return letters
}

function withFilter(command: Command): Command {
  return withStaffFlags(command)
    .option('--partner <id>', 'only this partner’s')
    .option('--event <name>', 'only those of this event, as contracts call it')
}

async function list({ partner, event, limit, ...flags }: ListFlags): Promise<void> {
  const items: DeadLetter[] = []
  let next: string | undefined
  for await (const page of pagesOf<Page<DeadLetter>>(
    flags,
    'dead-letters',
    { partner, event },
    () => limit - items.length,
  )) {
    items.push(...page.items)
    next = page.next
  }
  print(flags, { items, more: next !== undefined }, letterLines)
}

function* letterLines({
  items,
  more,
}: {
  readonly items: readonly DeadLetter[]
  readonly more: boolean
}): Generator<string> {
  if (items.length === 0) yield 'no dead letters'
  for (const { id, partner, eventKey, at, attempts, why } of items)
    yield `${tint('strong', id.padEnd(24))}  ${new Date(at).toISOString()}  ${partner}  ${eventKey}, ${attempts} tr${attempts === 1 ? 'y' : 'ies'}: ${why}`
  if (more) yield tint('faint', 'there are more: --limit')
}

async function endAll(
  ids: readonly string[],
  { partner, event, ...flags }: Filter,
  how: 'retry' | 'discard',
): Promise<void> {
  if (ids.length > 0 === (partner !== undefined))
    throw new StaffRefused('Name letters by their ids, or all of a partner with --partner.')
  if (partner !== undefined)
    return print(flags, await callStaff<Ended>(flags, 'POST', `dead-letters/${how}`, { partner, event }), endLines)
  await callEach(
    ids,
    (id) => callStaff(flags, 'POST', `dead-letters/${id}/${how}`),
    (count) => print(flags, { [how === 'retry' ? 'waits' : 'discarded']: count }, endLines),
  )
}

const ENDS: Readonly<Record<string, string>> = {
  waits: 'wait for another try',
  gone: 'stay: their events are no longer kept',
  inDoubt: 'stay: they may have been disclosed already, and another try could disclose them twice',
  discarded: 'are off the list',
}

function endLines(ended: Ended): readonly string[] {
  return Object.entries(ended).flatMap(([end, count], index) =>
    count === 0 && index > 0 ? [] : [`${count} ${ENDS[end] ?? end}`],
  )
}

function wholeNumber(text: string): number {
  if (!/^[1-9][0-9]{0,5}$/.test(text)) throw new InvalidArgumentError('A whole number from 1 to 999999.')
  return Number(text)
}

/** `sluice hold list|place|release`: legal holds, at a running gateway. */
import { Command, InvalidArgumentError } from 'commander'
import type { Page } from '../control/pages.ts'
import type { HoldBody } from '../control/routes/holds.ts'
import { print } from './control/print.ts'
import { callStaff, orRefuse, type StaffFlags, StaffRefused, withStaffFlags } from './control/staff.ts'

interface PlaceFlags extends StaffFlags {
  readonly reason: string
  readonly segment?: number
  readonly from?: string
  readonly to?: string
}

export function holdCommand(): Command {
  const hold = new Command('hold').description('keeps records from being pruned: for a case or an inquiry')
  hold.addCommand(
    withStaffFlags(new Command('list').description('all holds, oldest first')).action((flags: StaffFlags) =>
      orRefuse(async () => {
        const answer = await callStaff<Page<HoldBody>>(flags, 'GET', 'ledger/holds?limit=1000')
        print(flags, answer, ({ items }) => items.map(holdLine))
      }),
    ),
  )
  hold.addCommand(
    withStaffFlags(new Command('place').description('one segment, or every segment of a time, and what came after it'))
      .requiredOption('--reason <text>', 'a case number or the like')
      .option('--segment <seq>', 'a segment, by the number of its first record', wholeNumber)
      .option('--from <time>', 'ISO 8601')
      .option('--to <time>', 'ISO 8601')
      .action(({ reason, segment, from, to, ...flags }: PlaceFlags) =>
        orRefuse(async () => {
          const terms = segment === undefined ? { reason, from: utc(from), to: utc(to) } : { reason, first: segment }
          const placed = await callStaff<HoldBody>(flags, 'POST', 'ledger/holds', terms)
          print(flags, placed, () => [holdLine(placed)])
        }),
      ),
  )
  hold.addCommand(
    withStaffFlags(new Command('release').description('lets retention have them again'))
      .argument('<id>')
      .action((id: string, flags: StaffFlags) =>
        orRefuse(async () => {
          const answer = await callStaff(flags, 'DELETE', `ledger/holds/${encodeURIComponent(id)}`)
          print(flags, answer, () => [`released ${id}`])
        }),
      ),
  )
  return hold
}

function holdLine({ id, first, from, to, reason, since }: HoldBody): string {
  const what = first === undefined ? `${from} to ${to}` : `segment ${first}`
  return `${id}  ${what}  since ${since}  ${reason}`
}

/** The API's form: a time with its zone. */
function utc(time: string | undefined): string {
  const parsed = Date.parse(time ?? '')
  if (Number.isNaN(parsed)) throw new StaffRefused('--segment, or both --from and --to, are needed.')
  return new Date(parsed).toISOString()
}

function wholeNumber(text: string): number {
  if (!/^[0-9]{1,15}$/u.test(text)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(text)
}

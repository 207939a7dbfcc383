/** `sluice stop` and `sluice resume`: one partner or all, in force on every thread when the command ends. */
import { Command } from 'commander'
import type { StopAnswer } from '../control/routes/partners.ts'
import { print } from './control/print.ts'
import { callStaff, orRefuse, type StaffFlags, StaffRefused, withStaffFlags } from './control/staff.ts'
import { tint } from './terminal.ts'

interface Flags extends StaffFlags {
  readonly all?: boolean
  readonly reason?: string
}

export function stopCommand(): Command {
  return withStaffFlags(new Command('stop'))
    .description('Stops a partner, or all: in force when it answers. Works while the ledger cannot write.')
    .argument('[PARTNER]', 'whom to stop')
    .option('--all', 'every partner')
    .option('--reason <word>', 'incident, privacy_request, contract or maintenance; anything else stops as well')
    .action((partner: string | undefined, flags: Flags) => orRefuse(() => set(partner, flags, true)))
}

export function resumeCommand(): Command {
  return withStaffFlags(new Command('resume'))
    .description(
      'Lets a stopped partner go on, or all: needs the role approver. Partners stopped one by one stay stopped.',
    )
    .argument('[PARTNER]', 'who goes on')
    .option('--all', 'the switch that stopped everything')
    .action((partner: string | undefined, flags: Flags) => orRefuse(() => set(partner, flags, false)))
}

async function set(
  partner: string | undefined,
  { all = false, reason, ...flags }: Flags,
  stopped: boolean,
): Promise<void> {
  if ((partner === undefined) !== all) throw new StaffRefused('Name one partner, or say --all.')
  const path = partner === undefined ? 'stop' : `partners/${encodeURIComponent(partner)}/stop`
  print(flags, await callStaff<StopAnswer>(flags, 'PUT', path, { stopped, reason }), stopLines)
}

function* stopLines({ partner, stopped, workers, durable, recorded, everywhere }: StopAnswer): Generator<string> {
  const whom = partner === 'all' ? 'everything' : partner
  const threads = `${workers.length} thread${workers.length === 1 ? '' : 's'}`
  yield stopped ? `${tint('bad', 'stopped')}  ${whom}: in force on ${threads}` : `${tint('good', 'goes on')}  ${whom}`
  if (!everywhere) yield tint('bad', 'other cells may still send: they could not be told. Say it to each of them.')
  if (!durable) yield tint('warning', 'not on disk: a restart would forget it. Mend the disk and say it again.')
  if (!recorded) yield tint('warning', 'not in the ledger: it cannot write.')
}

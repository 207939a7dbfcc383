/** `sluice guard try`: what this version's guard would newly withhold among the gateway's kept events. */
import { Command } from 'commander'
import type { GuardTried } from '../simulate/guard-try.ts'
import { type AccessFlags, withAccessFlags } from './control/access.ts'
import { askGateway, NoAnswer } from './simulate/asker.ts'
import { wrap } from './simulate/lines.ts'

interface Options extends AccessFlags {
  readonly last: string
  readonly seconds: string
  readonly json?: boolean
}

/** Exits 0 if nothing would be newly withheld, 2 if something would, 1 without an answer. */
export function guardCommand(): Command {
  const guard = new Command('guard').description('The guard: what it withholds.')
  withAccessFlags(
    guard
      .command('try')
      .description(
        'Counts what this version of the guard withholds of the last accepted events and the one before did not, by partner, kind of value and form. Sends nothing.',
      )
      .option('--last <n>', 'newest accepted events to look at, at most 100000', '10000')
      .option('--seconds <n>', 'end with what there is after so long, at most 60', '10'),
  )
    .option('--json', 'print one JSON object')
    .action(async ({ last, seconds, json, ...flags }: Options) => {
      try {
        const asked = { last: Number(last), budget_ms: Number(seconds) * 1_000 }
        const tried = await askGateway(flags).tryGuard(asked)
        console.log(json === true ? JSON.stringify(tried) : printTried(tried).join('\n'))
        if (tried.partners.some(({ newly }) => newly.length > 0)) process.exitCode = 2
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error
        for (const line of error.lines) console.error(line)
        process.exitCode = 1
      }
    })
  return guard
}

const ENDS = {
  asked: 'as many as were asked for',
  all: 'all that the intake still holds',
  budget: 'as many as the time allowed',
} as const satisfies Record<GuardTried['ended'], string>

export function printTried({ events, ended, revision, unreadable, partners }: GuardTried): readonly string[] {
  const lines = [...wrap(`${events} accepted events, ${ENDS[ended]}, under revision ${revision}.`)]
  if (unreadable > 0) lines.push(`${unreadable} more hold nothing any more: erased, or damaged.`)
  for (const { partner, events: concerned, asBefore, newly } of partners) {
    const count = newly.reduce((sum, one) => sum + one.count, 0)
    lines.push(...wrap(`${concerned} events, ${count} newly withheld, ${asBefore} withheld as before`, `${partner}: `))
    for (const one of newly) lines.push(`   ${String(one.count).padStart(8)}  ${one.what}, ${one.form}`)
  }
  return [...lines, 'Nothing was sent, nothing was changed.']
}

/** `sluice replay --draft DIR`: replays a draft against the recent events of a running gateway. */
import { Command } from 'commander'
import type { PartnerReplay } from '../simulate/replay.ts'
import type { ReplayAnswer } from '../simulate/replay-intake.ts'
import { type AccessFlags, withAccessFlags } from './control/access.ts'
import { askGateway, draftOf, NoAnswer } from './simulate/asker.ts'
import { wrap } from './simulate/lines.ts'

interface Options extends AccessFlags {
  readonly draft: string
  readonly last: string
  readonly seconds: string
  readonly json?: boolean
}

/** Exits 0 if nothing would change, 2 if something would, 1 on an invalid call or draft. */
export function replayCommand(): Command {
  return withAccessFlags(
    new Command('replay')
      .description(
        'Counts what a draft would have changed of the last accepted events. Sends nothing and changes nothing.',
      )
      .requiredOption('--draft <dir>', 'configuration folder to try')
      .option('--last <n>', 'newest accepted events to look at, at most 100000', '10000')
      .option('--seconds <n>', 'end with what there is after so long, at most 60', '10'),
  )
    .option('--json', 'print one JSON object')
    .action(async (options: Options) => {
      try {
        const draft = await draftOf(options.draft)
        const answer = await askGateway(options).replay({
          draft: { remove: [], whole: true, ...draft } as NonNullable<
            Parameters<ReturnType<typeof askGateway>['replay']>[0]['draft']
          >,
          last: Number(options.last),
          budget_ms: Number(options.seconds) * 1_000,
        })
        console.log(options.json === true ? JSON.stringify(answer) : printReplay(answer).join('\n'))
        if (answer.partners.some(isChanged)) process.exitCode = 2
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error
        for (const line of error.lines) console.error(line)
        process.exitCode = 1
      }
    })
}

function isChanged({ changed, newlySent, newlyWithheld, mayAdd }: PartnerReplay): boolean {
  return changed + newlySent + newlyWithheld > 0 || Object.keys(mayAdd).length > 0
}

const ENDS = {
  asked: 'as many as were asked for',
  all: 'all that the intake still holds',
  budget: 'as many as the time allowed',
} as const satisfies Record<ReplayAnswer['ended'], string>

export function printReplay(answer: ReplayAnswer): readonly string[] {
  const { events, ended, against, people, nameless, unreadable, partners, silent } = answer
  const lines = [
    ...wrap(
      `${events} accepted events, ${ENDS[ended]}, under the draft and under revision ${against.revision}: ${people} people of whom something changes.`,
    ),
  ]
  if (nameless > 0)
    lines.push(
      ...wrap(
        `${nameless} of them were kept without their names, because no contract named them: nothing can be said about them.`,
      ),
    )
  if (unreadable > 0) lines.push(`${unreadable} more hold nothing any more: erased, or damaged.`)
  for (const partner of partners) lines.push('', ...partnerLines(partner))
  if (silent.length > 0) {
    const named = silent.map(({ app, event }) => `${event} (${app})`).join(', ')
    lines.push('', ...wrap(`The draft names these and none of the events was one: ${named}.`))
  }
  lines.push('', 'Nothing was sent, nothing was changed.')
  return lines
}

function partnerLines(one: PartnerReplay): readonly string[] {
  const { partner, events, same, changed, newlySent, newlyWithheld, withheld, people } = one
  if (!isChanged(one)) return [`${partner}: nothing changes (${same} the same, ${withheld} withheld as before)`]
  const lines = wrap(
    `${events} events of ${people} people concerned: ${changed} requests change, ${newlySent} newly sent, ${newlyWithheld} newly withheld, ${same} the same, ${withheld} withheld as before`,
    `${partner}: `,
  )
  return [
    ...lines,
    ...countLines('newly leaves', one.added),
    ...countLines('leaves no more', one.removed),
    ...countLines('leaves finer', one.finer),
    ...countLines('leaves coarser', one.coarser),
    ...countLines('property newly named', one.propertiesAdded),
    ...countLines('property no more', one.propertiesRemoved),
    ...countLines('may leave, was never kept', one.mayAdd),
  ]
}

function countLines(what: string, counts: Readonly<Record<string, number>>): readonly string[] {
  const list = Object.entries(counts).map(([name, count]) => `${name} ${count}`)
  return list.length === 0 ? [] : wrap(list.join(', '), `   ${what.padEnd(26)} `)
}

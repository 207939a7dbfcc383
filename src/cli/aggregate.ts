/** `sluice aggregate`: counts disclosures in the ledger's files, also while the gateway runs. Read-only. */
import { setImmediate as turn } from 'node:timers/promises'
import { Command, InvalidArgumentError, Option } from 'commander'
import { GROUPS, type Group, PROCESSING } from '../ledger/aggregate.ts'
import { csvHeading, csvRow } from '../ledger/table.ts'
import { openLedgerArchive } from '../threads/ledger-archive.ts'
import { DATA_FOLDER, requireLedger } from './ledger/options.ts'

interface Flags {
  readonly data: string
  readonly by: readonly Group[]
  readonly people?: boolean
  readonly partner?: string
  readonly field?: string
  readonly treatment?: string
  readonly from?: number
  readonly to?: number
  readonly format: 'csv' | 'jsonl'
  readonly json?: boolean
}

export function aggregateCommand(): Command {
  return new Command('aggregate')
    .description('count disclosures: a record of processing activities, or whom a breach concerns')
    .option('--data <dir>', 'data folder of the gateway, or a copy of it', DATA_FOLDER)
    .option('--by <groups>', `what to count by: ${GROUPS.join(', ')}`, groups, PROCESSING)
    .option('--people', 'count people as well, each once; not by day or ending')
    .option('--partner <id>', 'one partner only')
    .option('--field <class>', 'disclosures with this class only')
    .option('--treatment <treatment>', 'in exactly this treatment')
    .option('--from <day>', 'from this day or time on, ISO 8601', time)
    .option('--to <day>', 'before this day or time', time)
    .addOption(
      new Option('--format <format>', 'a table, or one JSON object a line').choices(['csv', 'jsonl']).default('csv'),
    )
    .option('--json', 'the same as --format jsonl')
    .action(async (flags: Flags) => {
      const { data, by, people, partner, field, treatment, from, to } = flags
      if (!requireLedger(data)) return
      if (people === true && by.some((group) => group === 'day' || group === 'ending'))
        throw new InvalidArgumentError('People are not counted by day or ending.')
      const archive = openLedgerArchive(data, () => turn())
      try {
        const rows = await archive.count({
          kind: 'intent',
          by,
          people: people === true,
          partner,
          field,
          treatment,
          from,
          to,
        })
        const columns = [...by, 'count', ...(people === true ? ['people'] : [])]
        const isTable = flags.format === 'csv' && flags.json !== true
        if (isTable) process.stdout.write(csvHeading(columns))
        for (const row of rows) process.stdout.write(isTable ? csvRow(columns, row) : `${JSON.stringify(row)}\n`)
      } finally {
        await archive.close()
      }
    })
}

function groups(text: string): readonly Group[] {
  return text.split(',').map((name) => {
    const group = GROUPS.find((known) => known === name)
    if (group === undefined) throw new InvalidArgumentError(`${GROUPS.join(', ')}, joined with commas.`)
    return group
  })
}

function time(text: string): number {
  const at = Date.parse(text)
  if (Number.isNaN(at)) throw new InvalidArgumentError('It must be a day or time, such as 2026-01-31.')
  return at
}

/** `sluice diff A B`: describes what a change means for disclosure. A and B: folders, published revisions, or Git refs. */
import { Command } from 'commander'
import { diffPlans } from '../diff/diff.ts'
import { jsonOfDiff } from '../diff/json.ts'
import { wordsOfDiff } from '../diff/words.ts'
import type { Change } from '../model/contract.ts'
import { partnerTypes } from '../partners/registry.ts'
import { readPlans, SideUnreadable } from './diff/sides.ts'
import { tintLines } from './terminal.ts'

/** Scripts rely on these. 1 is an error or misuse. */
const EXIT_CODES: Readonly<Record<Change, number>> = { same: 0, narrower: 2, wider: 3, mixed: 3 }

interface Options {
  readonly data: string
  readonly json?: boolean
}

export function diffCommand(): Command {
  return new Command('diff')
    .description(
      'Says what changing A to B means for disclosure. Each is a configuration folder, the number of a published ' +
        'revision, or REF:FOLDER of the Git repository around. Exit 0 same, 2 narrower, 3 wider or mixed, 1 error.',
    )
    .argument('<A>', 'what is there now')
    .argument('<B>', 'what it is to become')
    .option('--data <dir>', 'data folder whose revisions the numbers name', './data')
    .option('--json', 'print one JSON object')
    .action(async (before: string, after: string, { data, json }: Options) => {
      const types = partnerTypes()
      const now = Date.now()
      try {
        const sides = await Promise.all(
          [before, after].map((side) => readPlans(side, { dataFolder: data, types, now, warn: console.error })),
        )
        const diff = diffPlans(sides[0]!, sides[1]!, { abilitiesOf: (type) => types.get(type)?.abilities, now })
        console.log(json === true ? JSON.stringify(jsonOfDiff(diff)) : tintLines(wordsOfDiff(diff)))
        process.exitCode = EXIT_CODES[diff.change]
      } catch (error) {
        if (!(error instanceof SideUnreadable)) throw error
        console.error(error.message)
        process.exitCode = 1
      }
    })
}

/** `npm run conformance -- DIR`: judges vectors that others wrote. */
import { Command } from 'commander'
import { loadConfig } from '../../src/contracts/load.ts'
import { formatProblem } from '../../src/model/problem.ts'
import { partnerTypes } from '../../src/partners/registry.ts'
import { createDecoders } from '../../src/signals/decoders.ts'
import { createCountryReader } from '../../src/signals/place.ts'
import { judgePartners, linesOf } from './partners/run.ts'
import { type Judged, judgeRecords, OUTCOMES, readVectors } from './run.ts'

interface Options {
  readonly config: string
  readonly json?: boolean
  readonly all?: boolean
  readonly every: string
}

/**
 * Exit 0 without a failure or a leak, 1 otherwise. The last line counts records: `passed P, failed F,
 * stricter S, looser L, not applicable N`; two before it count values of forwarders' cases and leaks.
 */
function conformanceCommand(): Command {
  return new Command('conformance')
    .description(
      'Judges every *.json of DIR, of DIR/signals and of DIR/partners, records of what other implementations do, by what this gateway does.',
    )
    .argument('<DIR>', 'folder of vectors')
    .option('--config <dir>', 'configuration folder whose policy applies', 'config')
    .option('--all', 'print every record, not only those that differ')
    .option('--every <n>', 'search every nth case for leaks, not all', '1')
    .option('--json', 'print one JSON object')
    .action(run)
}

async function run(folder: string, options: Options): Promise<void> {
  const loaded = await loadConfig(options.config, partnerTypes(), Date.now())
  if (!loaded.ok) {
    for (const problem of loaded.problems) console.error(`error   ${formatProblem(problem)}`)
    process.exitCode = 1
    return
  }
  const bench = {
    rules: { policy: loaded.config.plans.policy, categories: {} },
    decoders: createDecoders(),
    countryOf: createCountryReader(),
    at: Date.now(),
  }
  const { records, cases } = await readVectors(folder)
  const judged = judgeRecords(records, bench)
  const partners = cases.length === 0 ? undefined : judgePartners(cases, bench, Math.max(1, Number(options.every) || 1))
  const count = (outcome: string): number => judged.filter((one) => one.outcome === outcome).length
  const isEmpty = judged.length === 0 && partners === undefined
  if (count('failed') > 0 || partners?.passed === false || isEmpty) process.exitCode = 1
  const shown = judged.filter((one) => options.all === true || one.outcome !== 'passed')
  if (options.json === true) {
    const counts = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, count(outcome)]))
    console.log(JSON.stringify({ ...counts, records: shown, ...(partners === undefined ? {} : { partners }) }))
    return
  }
  if (isEmpty) console.error(`no record in ${folder}`)
  for (const one of shown) console.log(lineOf(one))
  if (partners !== undefined) for (const line of linesOf(partners)) console.log(line)
  if (judged.length > 0 || isEmpty) console.log(OUTCOMES.map((outcome) => `${outcome} ${count(outcome)}`).join(', '))
}

function lineOf({ outcome, where, kind, source, why }: Judged): string {
  const label = outcome === 'stricter' || outcome === 'looser' ? `differs: ${outcome}` : outcome
  return [label.padEnd(17), where, kind, why, source === '' ? '' : `(${source})`]
    .filter((part) => part !== '')
    .join('  ')
}

await conformanceCommand().parseAsync()

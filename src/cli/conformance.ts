/** `sluice conformance DIR`: judges vectors that others wrote. */
import { Command } from 'commander'
import { loadConfig } from '../contracts/load.ts'
import { formatProblem } from '../contracts/problem.ts'
import { partnerTypes } from '../partners/registry.ts'
import { createDecoders } from '../signals/decoders.ts'
import { createCountryReader } from '../signals/place.ts'
import { type Judged, judgeFolder, OUTCOMES } from './conformance/run.ts'

interface Options {
  readonly config: string
  readonly json?: boolean
  readonly all?: boolean
}

/** Exit 0 without a failure, 1 otherwise. The last line counts: `passed P, failed F, stricter S, looser L, not applicable N`. */
export function conformanceCommand(): Command {
  return new Command('conformance')
    .description('Judges every *.json of DIR, records of what other implementations do, by what this gateway does.')
    .argument('<DIR>', 'folder of vectors')
    .option('--config <dir>', 'configuration folder whose policy applies', 'config')
    .option('--all', 'print every record, not only those that differ')
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
  const judged = await judgeFolder(folder, bench)
  const count = (outcome: string): number => judged.filter((one) => one.outcome === outcome).length
  if (count('failed') > 0 || judged.length === 0) process.exitCode = 1
  if (options.json === true) {
    const counts = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, count(outcome)]))
    console.log(
      JSON.stringify({ ...counts, records: judged.filter((one) => options.all === true || one.outcome !== 'passed') }),
    )
    return
  }
  if (judged.length === 0) console.error(`no record in ${folder}`)
  for (const one of judged) if (options.all === true || one.outcome !== 'passed') console.log(lineOf(one))
  console.log(OUTCOMES.map((outcome) => `${outcome} ${count(outcome)}`).join(', '))
}

function lineOf({ outcome, where, kind, source, why }: Judged): string {
  const label = outcome === 'stricter' || outcome === 'looser' ? `differs: ${outcome}` : outcome
  return [label.padEnd(17), where, kind, why, source === '' ? '' : `(${source})`]
    .filter((part) => part !== '')
    .join('  ')
}

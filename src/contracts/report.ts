/** What is to be said of a configuration folder, for a person and for a program. */
import type { EpochMs } from '../model/brand.ts'
import { type LoadResult, loadConfig, type PartnerTypes } from './load.ts'
import { formatProblem } from './problem.ts'
import { digestOfPlans } from './revision-files.ts'

export interface ConfigReport {
  readonly ok: boolean
  /** One finding a line, then one line that counts them. */
  readonly text: string
  /** `{ok, folder, apps?, contracts?, digest?, problems, warnings}`; findings as `Problem`. */
  readonly json: Readonly<Record<string, unknown>>
}

export async function reportOn(folder: string, types: PartnerTypes, now: EpochMs): Promise<ConfigReport> {
  const result = await loadConfig(folder, types, now)
  const problems = result.ok ? [] : result.problems
  const { warnings } = result
  const lines = [
    ...problems.map((problem) => `error   ${formatProblem(problem)}`),
    ...warnings.map((warning) => `warning ${formatProblem(warning)}`),
    summary(folder, result),
  ]
  const facts = result.ok
    ? {
        apps: result.config.plans.apps.length,
        contracts: result.config.plans.contracts.length,
        digest: digestOfPlans(result.config.plans),
      }
    : {}
  return {
    ok: result.ok,
    text: lines.join('\n'),
    json: { ok: result.ok, folder, ...facts, problems, warnings },
  }
}

function summary(folder: string, result: LoadResult): string {
  const warnings = count(result.warnings.length, 'warning')
  if (!result.ok) return `${folder}: ${count(result.problems.length, 'problem')}, ${warnings}`
  const { apps, contracts } = result.config.plans
  return `${folder}: no problems, ${warnings}; ${count(apps.length, 'app')}, ${count(contracts.length, 'partner')}`
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

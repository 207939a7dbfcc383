/** A report on a configuration folder, as text and as JSON. */

import { type LoadResult, loadConfig, type PartnerTypes } from '../contracts/load.ts'
import type { EpochMs } from '../model/brand.ts'
import { formatProblem } from '../model/problem.ts'
import { digestOfPlans } from './revision-files.ts'

export interface ConfigReport {
  readonly ok: boolean
  /** One finding per line, then a summary. */
  readonly text: string
  /** `{ok, folder, apps?, contracts?, cases?, digest?, problems, warnings}`; findings as `Problem`. */
  readonly json: Readonly<Record<string, unknown>>
}

/** @param strict warnings are errors */
export async function reportOn(
  folder: string,
  types: PartnerTypes,
  now: EpochMs,
  strict = false,
): Promise<ConfigReport> {
  const result = await loadConfig(folder, types, now)
  const problems = result.ok ? [] : result.problems
  const { warnings } = result
  const ok = result.ok && (!strict || warnings.length === 0)
  const lines = [
    ...problems.map((problem) => `error   ${formatProblem(problem)}`),
    ...warnings.map((warning) => `warning ${formatProblem(warning)}`),
    summary(folder, result),
  ]
  const facts = result.ok
    ? {
        apps: result.config.plans.apps.length,
        contracts: result.config.plans.contracts.length,
        cases: result.casesPassed,
        digest: digestOfPlans(result.config.plans),
      }
    : {}
  return {
    ok,
    text: lines.join('\n'),
    json: { ok, folder, ...facts, problems, warnings },
  }
}

function summary(folder: string, result: LoadResult): string {
  const warnings = count(result.warnings.length, 'warning')
  if (!result.ok) return `${folder}: ${count(result.problems.length, 'problem')}, ${warnings}`
  const { apps, contracts } = result.config.plans
  const cases = result.casesPassed === 0 ? 'no cases' : `${count(result.casesPassed, 'case')} passed`
  return `${folder}: no problems, ${warnings}; ${count(apps.length, 'app')}, ${count(contracts.length, 'partner')}, ${cases}`
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

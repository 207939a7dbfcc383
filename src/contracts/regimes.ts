/** Resolves a policy's rules by age band. */
import { RULES, type Rule } from '../model/contract.ts'
import { AGE_BANDS, type AgeBand } from '../model/signal.ts'
import type { RuleByAge } from './options/policy.ts'

/**
 * The rule for each band; undefined if the file gives none. `under_13` defaults to `never` (and any other rule is a problem): a
 * child's data never leaves.
 */
export function resolveRules(written: RuleByAge): Readonly<Record<AgeBand, Rule | undefined>> {
  const named = (band: AgeBand): Rule | undefined => {
    if (typeof written === 'string') return band === 'under_13' ? 'never' : written
    return written[band] ?? (band === 'under_13' ? 'never' : written.default)
  }
  return Object.fromEntries(AGE_BANDS.map((band) => [band, named(band)])) as Record<AgeBand, Rule | undefined>
}

/** True if `a` permits something that `b` does not. Rules run from `allow` (loosest) to `never`. */
export function isLooser(a: Rule, b: Rule): boolean {
  return RULES.indexOf(a) < RULES.indexOf(b)
}

/** What the US National section means for three activities of a peer, in the verdict's terms. */

import type { Finding } from '../../src/model/signal.ts'
import { findingsOfUsSection } from '../../src/signals/gpp-findings.ts'
import { meaningOf } from '../../src/signals/gpp-meaning.ts'
import { type UsFields, usSectionSpec } from '../../src/signals/gpp-us.ts'
import { at, type Judge, permission, textAt } from './judgement.ts'
import { allowsAdvertising, verdictForFindings } from './verdicts.ts'

const NATIONAL = 7

/**
 * `usnat_activity`: passing on user ids needs sale, sharing and targeted advertising; passing on first-party data needs
 * that no sensitive data is limited besides; a precise position has its own dimension.
 */
export const judgeActivity: Judge = ({ input, expected }, bench) => {
  const { Gpc: gpc, ...said } = (at(input, 'fields') ?? {}) as Record<string, unknown>
  const fields = Object.fromEntries(
    Object.entries(said).filter(([, value]) => typeof value === 'number' || Array.isArray(value)),
  )
  const meaning = meaningOf({
    spec: usSectionSpec(NATIONAL)!,
    version: 2,
    // Sound: filtered above; whatever a list holds besides numbers equals none of the values that count.
    fields: fields as UsFields,
    gpc: typeof gpc === 'boolean' ? gpc : undefined,
  })
  const findings =
    meaning.state === 'valid' ? findingsOfUsSection(meaning.value, bench.rules.policy.honour.gpc) : [MALFORMED]
  const verdict = verdictForFindings(findings, bench)
  const activity = textAt(input, 'activity')
  const allowed =
    activity === 'transmitPreciseGeo'
      ? verdict.dimensions.precise_location.allowed
      : allowsAdvertising(verdict) && !verdict.child.blocked && !(verdict.sensitive.limited && activity !== 'syncUser')
  return [permission(activity, allowed, at(expected, 'result') === 'allow')]
}

const MALFORMED: Finding = {
  signal: 'gpp',
  denies: 15,
  permits: 0,
  deviceLimit: false,
  child: false,
  countryOnly: false,
  withdrawal: false,
  why: 'signal_invalid',
}

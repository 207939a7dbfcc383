/**
 * Merges findings, regime and age into a verdict. A meet: findings are only ever added up, so order cannot matter and
 * one more restriction can only deny more.
 */
import type { Policy } from '../model/contract.ts'
import { comparePrecedence, type Reason } from '../model/reason.ts'
import { DIMENSIONS, type Dimension, type DimensionBits, type Finding, youngest } from '../model/signal.ts'
import type { Cause, Consent, DimensionVerdict, Verdict } from '../model/verdict.ts'
import { type Jurisdiction, jurisdictionOf, ruleFor } from './regime.ts'

export interface VerdictInput {
  readonly policy: Policy
  /** Signals of the event and standing choices of the subject, in any order. */
  readonly findings: readonly Finding[]
  readonly countries: readonly string[] | undefined
  readonly regions: readonly string[] | undefined
}

const DIMENSION_NAMES = Object.keys(DIMENSIONS) as readonly Dimension[]
const ALLOWED: DimensionVerdict = { allowed: true, binding: 'agreed', causes: [] }

export function verdictOf({ policy, findings, countries, regions }: VerdictInput): Verdict {
  const jurisdiction = jurisdictionOf(policy, countries, regions)
  const band = youngest(findings.flatMap(({ band }) => (band === undefined ? [] : [band])))
  const permits = findings.reduce<DimensionBits>((bits, finding) => bits | finding.permits, 0)
  const dimensions = Object.fromEntries(
    DIMENSION_NAMES.map((name) => [name, verdictOn(name, findings, permits, ruleFor(jurisdiction, name, band))]),
  ) as Record<Dimension, DimensionVerdict>
  return {
    regime: jurisdiction.id,
    band,
    dimensions,
    consent: consentOf(jurisdiction, findings),
    child: {
      blocked: findings.some((finding) => finding.child),
      why: bindingOf(findings.filter((finding) => finding.child)),
    },
    deviceLimit: {
      limited: findings.some((finding) => finding.deviceLimit),
      why: bindingOf(findings.filter((finding) => finding.deviceLimit)),
    },
    countryOnly: findings.some((finding) => finding.countryOnly),
    withdrawal: findings.some((finding) => finding.withdrawal),
  }
}

function verdictOn(
  name: Dimension,
  findings: readonly Finding[],
  permits: DimensionBits,
  rule: ReturnType<typeof ruleFor>,
): DimensionVerdict {
  const bit = DIMENSIONS[name]
  const causes: Cause[] = []
  for (const { denies, signal, why } of findings) if ((denies & bit) !== 0) causes.push({ why, signal })
  if (rule === 'never') causes.push({ why: 'regime' })
  if (rule === 'only_if_opted_in' && (permits & bit) === 0) causes.push({ why: 'not_opted_in' })
  if (causes.length === 0) return ALLOWED
  return { allowed: false, binding: bindingOf(causes), causes }
}

/** Consent strings are not understood yet where one is required: there is none, whatever was sent. */
function consentOf(jurisdiction: Jurisdiction, findings: readonly Finding[]): Consent {
  if (!jurisdiction.consentRequired) return { required: false, why: 'agreed', purposes: 0, vendors: undefined }
  const refused = findings.filter((finding) => finding.signal === 'tcf' && finding.denies !== 0)
  const why: Reason = refused.length > 0 ? bindingOf(refused) : 'consent_missing'
  return { required: true, why, purposes: 0, vendors: undefined }
}

/** The stricter of two verdicts in every respect: as accepted and as now. */
export function meetVerdicts(a: Verdict, b: Verdict): Verdict {
  if (a === b) return a
  return {
    regime: a.regime === b.regime ? a.regime : `${a.regime}+${b.regime}`,
    band: youngest([a.band, b.band]),
    dimensions: Object.fromEntries(
      DIMENSION_NAMES.map((name) => [name, meetDimensions(a.dimensions[name], b.dimensions[name])]),
    ) as Record<Dimension, DimensionVerdict>,
    consent: meetConsents(a.consent, b.consent),
    child: strictestOf(a.child.blocked, a.child, b.child),
    deviceLimit: strictestOf(a.deviceLimit.limited, a.deviceLimit, b.deviceLimit),
    countryOnly: a.countryOnly || b.countryOnly,
    withdrawal: a.withdrawal || b.withdrawal,
  }
}

function strictestOf<T>(firstRestricts: boolean, first: T, second: T): T {
  return firstRestricts ? first : second
}

function meetDimensions(a: DimensionVerdict, b: DimensionVerdict): DimensionVerdict {
  if (a.allowed) return b
  if (b.allowed) return a
  const causes = [...a.causes]
  for (const cause of b.causes) {
    if (!causes.some(({ why, signal }) => why === cause.why && signal === cause.signal)) causes.push(cause)
  }
  return { allowed: false, binding: bindingOf(causes), causes }
}

function meetConsents(a: Consent, b: Consent): Consent {
  if (!a.required) return b
  if (!b.required) return a
  const vendors = a.vendors === undefined || b.vendors === undefined ? undefined : a.vendors.intersection(b.vendors)
  return {
    required: true,
    why: comparePrecedence(a.why, b.why) <= 0 ? a.why : b.why,
    purposes: a.purposes & b.purposes,
    vendors,
  }
}

function bindingOf(causes: readonly { readonly why: Reason }[]): Reason {
  return causes.reduce<Reason>((first, { why }) => (comparePrecedence(why, first) < 0 ? why : first), 'agreed')
}

/** Names everything about a verdict that a decision can depend on: equal keys, equal decisions. */
export function verdictKey(verdict: Verdict): string {
  const { dimensions, consent, child, deviceLimit, countryOnly } = verdict
  let key = `${child.blocked ? child.why : ''}|${deviceLimit.limited ? deviceLimit.why : ''}|${countryOnly ? 'c' : ''}`
  for (const name of DIMENSION_NAMES) {
    const { allowed, binding, causes } = dimensions[name]
    key += allowed ? '|' : `|${binding}${causes.some(({ why }) => why === 'gpc') ? '+gpc' : ''}`
  }
  if (!consent.required) return key
  return `${key}|${consent.why}:${consent.purposes}:${consent.vendors === undefined ? '' : [...consent.vendors].join()}`
}

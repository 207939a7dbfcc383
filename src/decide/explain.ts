/** A verdict in words that need no engineer: what may be done, what may not, and each reason. */
import { PURPOSES } from '../model/contract.ts'
import { REASONS, type Reason } from '../model/reason.ts'
import { type AgeBand, DIMENSIONS, type Dimension, FIRST_PURPOSE, SIGNAL_WORDS } from '../model/signal.ts'
import type { Cause, Consent, Verdict } from '../model/verdict.ts'

export interface ExplainedDimension {
  readonly allowed: boolean
  /** The reason that binds. */
  readonly why: Reason
  /** Every reason, each as `signal or law: sentence`. */
  readonly because: readonly string[]
}

/** Plain data; also what `/api/v1/simulate` shows. */
export interface ExplainedVerdict {
  readonly regime: string
  readonly age: AgeBand
  readonly dimensions: Readonly<Record<Dimension, ExplainedDimension>>
  readonly consent: {
    readonly required: boolean
    readonly why: Reason
    /** What is wrong with the consent strings, or ''. */
    readonly problem: string
    /** TCF purposes consented to, by number. */
    readonly purposes: readonly number[]
    readonly specialFeatures: readonly number[]
    readonly categories: Readonly<Record<string, boolean>>
  }
  readonly refusedPurposes: readonly string[]
  readonly child: boolean
  readonly deviceLimit: boolean
  readonly sensitiveDataLimited: boolean
  readonly countryOnly: boolean
  /** True where the person said no themselves; false where nothing was refused, or only Sluice refuses for now. */
  readonly explicitWithdrawal: boolean
  /** The whole in sentences, one a line. */
  readonly words: readonly string[]
}

const ACTS: Readonly<Record<Dimension, string>> = {
  sale: 'Selling this person’s data',
  sharing: 'Sharing it for advertising across companies',
  targeted_advertising: 'Targeted advertising',
  precise_location: 'Passing on a precise position',
}
const BAND_WORDS: Readonly<Record<AgeBand, string>> = {
  under_13: 'under 13',
  '13_15': '13 to 15',
  '16_17': '16 or 17',
  adult: 'adult',
  unknown: 'unknown',
}

export function explainVerdict(verdict: Verdict): ExplainedVerdict {
  const { regime, band, consent, child, deviceLimit, sensitive, countryOnly, withdrawal, refusedPurposes } = verdict
  const dimensions = Object.fromEntries(
    Object.entries(verdict.dimensions).map(([name, { allowed, binding, causes }]) => [
      name,
      { allowed, why: binding, because: [...new Set(causes.map(sentenceOf))] },
    ]),
  ) as unknown as Record<Dimension, ExplainedDimension>
  const refused = PURPOSES.filter((_, index) => (refusedPurposes.bits & (FIRST_PURPOSE << index)) !== 0)
  const explained = {
    regime,
    age: band,
    dimensions,
    consent: {
      required: consent.required,
      why: consent.why,
      problem: consent.strings?.problem ?? '',
      purposes: numbersOf(consent.strings?.purposes ?? 0),
      specialFeatures: numbersOf(consent.strings?.specialFeatures ?? 0),
      categories: Object.fromEntries(consent.categories?.answers ?? []),
    },
    refusedPurposes: refused,
    child: child.blocked,
    deviceLimit: deviceLimit.limited,
    sensitiveDataLimited: sensitive.limited,
    countryOnly,
    explicitWithdrawal: withdrawal,
  }
  return { ...explained, words: wordsOf(explained, consent) }
}

function sentenceOf({ why, signal }: Cause): string {
  return `${signal === undefined ? 'law of the place' : SIGNAL_WORDS[signal]}: ${REASONS[why]}`
}

function wordsOf(explained: Omit<ExplainedVerdict, 'words'>, consent: Consent): string[] {
  const { regime, age, dimensions, child, deviceLimit, refusedPurposes } = explained
  const words = [`The rules of “${regime}” apply; age: ${BAND_WORDS[age]}.`]
  if (child) words.push(`Nothing leaves. ${REASONS.child}`)
  for (const name of Object.keys(DIMENSIONS) as Dimension[]) {
    const { allowed, because } = dimensions[name]
    words.push(allowed ? `${ACTS[name]}: allowed.` : `${ACTS[name]}: not allowed — ${because.join(' ')}`)
  }
  if (consent.required) words.push(consentWords(explained.consent, consent))
  if (refusedPurposes.length > 0) words.push(`Refused by name: ${refusedPurposes.join(', ')}.`)
  if (deviceLimit) {
    words.push(
      'The device limits tracking: third parties get no id of the person or the device, and coarser device data.',
    )
  }
  if (explained.sensitiveDataLimited)
    words.push(`Third parties get no free properties, gender or birth date: ${REASONS.sensitive}`)
  if (explained.countryOnly) words.push(`No place finer than the country: ${REASONS.location_permission}`)
  words.push(
    explained.explicitWithdrawal
      ? 'The person said no themselves: this is a withdrawal.'
      : 'The person has not said no; whatever is refused is refused for now.',
  )
  return words
}

function consentWords({ purposes, problem, why }: ExplainedVerdict['consent'], { strings }: Consent): string {
  if (why === 'consent_missing')
    return 'Consent is asked for first, and no consent string came: a partner in IAB’s list gets nothing.'
  if (problem !== '' || strings === undefined)
    return `Consent is asked for first, and the consent string cannot be relied on (${problem || REASONS[why]}): a third party gets nothing.`
  const given = purposes.length === 0 ? 'no purpose' : `purposes ${purposes.join(', ')}`
  return `Consent is asked for first: the person consented to ${given}; each partner needs its own consent besides.`
}

function numbersOf(bits: number): number[] {
  return Array.from({ length: 30 }, (_, index) => index + 1).filter((number) => (bits & (1 << (number - 1))) !== 0)
}

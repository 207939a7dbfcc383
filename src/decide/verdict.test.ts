import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { finding, OPT_IN_REGIME, OPT_OUT_REGIME, policy } from '../../test/support/builders.ts'
import type { Regime } from '../model/contract.ts'
import {
  ADVERTISING_DIMENSIONS,
  ALL_DIMENSIONS,
  type Dimension,
  FIRST_PURPOSE,
  type Finding,
  SALE,
  SENSITIVE_DATA,
} from '../model/signal.ts'
import type { ConsentReading, Verdict } from '../model/verdict.ts'
import { type ConsentSignals, meetVerdicts, NO_CONSENT_SIGNALS, verdictKey, verdictOf } from './verdict.ts'

const CANADA: Regime = { ...OPT_IN_REGIME, id: 'canada', consentRequired: false, consentStrings: 'tcf_canada' }
const BRAZIL: Regime = { ...OPT_IN_REGIME, id: 'brazil', consentRequired: false }
const BANNED: Regime = {
  ...OPT_OUT_REGIME,
  id: 'banned',
  rules: { ...OPT_OUT_REGIME.rules, sale: { ...OPT_OUT_REGIME.rules.sale, '13_15': 'never' } },
}
const POLICY = policy({
  regimes: { us: OPT_OUT_REGIME, gdpr: OPT_IN_REGIME, canada: CANADA, brazil: BRAZIL, banned: BANNED },
  places: { US: 'us', DE: 'gdpr', CA: 'canada', BR: 'brazil', 'US-OR': 'banned' },
})

const bits = (...numbers: number[]): number => numbers.reduce((all, number) => all | (1 << (number - 1)), 0)
function reading(part: Partial<ConsentReading> = {}): ConsentReading {
  return {
    valid: true,
    problem: '',
    purposes: bits(1, 2, 3, 4, 7),
    specialFeatures: 0,
    purposesOf: () => bits(1, 7),
    hasProvider: () => false,
    ...part,
  }
}
interface Case {
  readonly countries?: readonly string[]
  readonly regions?: readonly string[]
  readonly findings?: readonly Finding[]
  readonly consent?: Partial<ConsentSignals>
}
const judge = ({ countries = ['US'], regions, findings = [], consent = {} }: Case): Verdict =>
  verdictOf({ policy: POLICY, findings, countries, regions, consent: { ...NO_CONSENT_SIGNALS, ...consent } })
const denied = (verdict: Verdict): Dimension[] =>
  (Object.keys(verdict.dimensions) as Dimension[]).filter((name) => !verdict.dimensions[name].allowed)

describe('verdict: consent strings and where they count', () => {
  const rows: readonly (readonly [string, Case, readonly Dimension[]])[] = [
    ['Germany, nothing sent', { countries: ['DE'] }, ['sale', 'sharing', 'targeted_advertising', 'precise_location']],
    [
      'Germany, full consent, no precise location',
      { countries: ['DE'], consent: { european: reading() } },
      ['precise_location'],
    ],
    [
      'Germany, precise location consented',
      { countries: ['DE'], consent: { european: reading({ specialFeatures: 1 }) } },
      [],
    ],
    [
      'Germany, without purposes 3 and 4',
      { countries: ['DE'], consent: { european: reading({ purposes: bits(1, 7) }) } },
      ['targeted_advertising', 'precise_location'],
    ],
    [
      'Germany, with purpose 4 and without 3',
      { countries: ['DE'], consent: { european: reading({ purposes: bits(1, 4) }) } },
      ['targeted_advertising', 'precise_location'],
    ],
    [
      'Germany, purpose 1 refused',
      { countries: ['DE'], consent: { european: reading({ purposes: bits(2, 3, 4, 7) }) } },
      ['sale', 'sharing', 'targeted_advertising', 'precise_location'],
    ],
    [
      'the United States, purpose 1 refused: the string says nothing there',
      { consent: { european: reading({ purposes: 0 }) } },
      ['precise_location'],
    ],
    [
      'the United States, where the sender says that GDPR applies',
      { consent: { gdpr: 'applies', european: reading({ purposes: 0 }) } },
      ['sale', 'sharing', 'targeted_advertising', 'precise_location'],
    ],
    ['the same with consent', { consent: { gdpr: 'applies', european: reading() } }, ['precise_location']],
    [
      'the United States, with a GDPR flag nobody can read',
      { consent: { gdpr: 'unclear' } },
      ['sale', 'sharing', 'targeted_advertising', 'precise_location'],
    ],
    [
      'Germany, where the sender says that GDPR does not apply: the place stands',
      { countries: ['DE'], consent: { gdpr: 'does_not_apply' } },
      ['sale', 'sharing', 'targeted_advertising', 'precise_location'],
    ],
    ['an unknown place, full consent', { countries: ['ZZ'], consent: { european: reading() } }, ['precise_location']],
    [
      'Brazil: a TC string is no opt-in there',
      { countries: ['BR'], consent: { european: reading({ specialFeatures: 1 }) } },
      ['sale', 'sharing', 'targeted_advertising', 'precise_location'],
    ],
    ['Canada: the Canadian string is', { countries: ['CA'], consent: { canadian: reading() } }, ['precise_location']],
    [
      'Canada: the European string is not',
      { countries: ['CA'], consent: { european: reading() } },
      ['sale', 'sharing', 'targeted_advertising', 'precise_location'],
    ],
    [
      'two places: each string opens its own law only',
      { countries: ['DE', 'CA'], consent: { european: reading() } },
      ['sale', 'sharing', 'targeted_advertising', 'precise_location'],
    ],
    [
      'two places and both strings',
      { countries: ['DE', 'CA'], consent: { european: reading(), canadian: reading() } },
      ['precise_location'],
    ],
  ]
  for (const [what, input, expected] of rows) {
    test(`${what}: denied are ${expected.join(', ') || 'none'}`, () => {
      deepEqual(denied(judge(input)), expected)
    })
  }

  test('a string that is too old denies where it counts, and is no withdrawal', () => {
    const verdict = judge({ countries: ['DE'], consent: { european: reading({ valid: false, purposes: 0 }) } })
    deepEqual(
      [verdict.dimensions.sale.binding, verdict.consent.why, verdict.withdrawal],
      ['signal_invalid', 'signal_invalid', false],
    )
  })
  test('to refuse purpose 1 is a withdrawal; to refuse a profile is not', () => {
    deepEqual(
      [reading({ purposes: 0 }), reading({ purposes: bits(1) })].map(
        (european) => judge({ countries: ['DE'], consent: { european } }).withdrawal,
      ),
      [true, false],
    )
  })
  test('what is only unasked is told apart from what was refused', () => {
    const consent = { european: reading({ purposes: bits(1, 7) }) }
    equal(judge({ countries: ['DE'], consent }).dimensions.targeted_advertising.onlyUnasked, true)
    const lmt = finding({ signal: 'lmt', why: 'lmt', denies: ADVERTISING_DIMENSIONS, deviceLimit: true })
    equal(judge({ countries: ['DE'], consent, findings: [lmt] }).dimensions.targeted_advertising.onlyUnasked, false)
  })
})

describe('verdict: age bands', () => {
  const teen = finding({ signal: 'gpp', why: 'agreed', band: '13_15' })
  test('a band’s default asks for an opt-in, and its own consent lifts it', () => {
    deepEqual(denied(judge({ findings: [teen] })), ['sale', 'sharing', 'targeted_advertising', 'precise_location'])
    deepEqual(denied(judge({ findings: [{ ...teen, lifts: SALE }] })), [
      'sharing',
      'targeted_advertising',
      'precise_location',
    ])
  })
  test('a law that says never is not lifted', () => {
    deepEqual(denied(judge({ regions: ['OR'], findings: [{ ...teen, lifts: ALL_DIMENSIONS }] })), [
      'sale',
      'precise_location',
    ])
  })
  test('consent for one band says nothing of a younger one', () => {
    const older = finding({ signal: 'gpp', why: 'agreed', band: '16_17', lifts: ALL_DIMENSIONS })
    deepEqual(denied(judge({ findings: [older, teen] })), [
      'sale',
      'sharing',
      'targeted_advertising',
      'precise_location',
    ])
  })
  test('consent for a band opens nothing that is asked of everyone', () => {
    equal(denied(judge({ countries: ['DE'], findings: [{ ...teen, lifts: ALL_DIMENSIONS }] })).length, 4)
  })
})

describe('verdict: what is no dimension', () => {
  test('sensitive data limited', () => {
    const verdict = judge({ findings: [finding({ signal: 'gpp', why: 'gpp', denies: SENSITIVE_DATA })] })
    deepEqual([verdict.sensitive, denied(verdict)], [{ limited: true, why: 'sensitive' }, ['precise_location']])
  })
  test('a purpose refused by name', () => {
    const verdict = judge({ findings: [finding({ signal: 'category', why: 'category', denies: FIRST_PURPOSE << 2 })] })
    deepEqual(verdict.refusedPurposes, { bits: FIRST_PURPOSE << 2, why: 'category' })
  })
  test('each shows in the key, so that no decision is remembered across them', () => {
    const keys = [
      judge({}),
      judge({ findings: [finding({ denies: SENSITIVE_DATA })] }),
      judge({ findings: [finding({ denies: FIRST_PURPOSE })] }),
      judge({ findings: [finding({ denies: FIRST_PURPOSE << 1 })] }),
      judge({ findings: [finding({ denies: SALE })] }),
      judge({ consent: { gdpr: 'applies' } }),
      judge({ countries: ['DE'], consent: { european: reading({ purposes: bits(1, 7) }) } }),
    ].map(verdictKey)
    equal(new Set(keys).size, keys.length)
  })
})

test('the meet of two verdicts holds what either refuses, in either order', () => {
  const a = judge({
    countries: ['DE'],
    consent: { european: reading({ purposesOf: () => bits(1, 7), purposes: bits(1, 7) }) },
  })
  const b = judge({
    countries: ['DE'],
    consent: { european: reading({ purposesOf: () => bits(1, 3), purposes: bits(1, 3) }) },
    findings: [finding({ denies: SENSITIVE_DATA | FIRST_PURPOSE, why: 'choice' })],
  })
  for (const met of [meetVerdicts(a, b), meetVerdicts(b, a)]) {
    deepEqual([met.consent.strings?.purposes, met.consent.strings?.purposesOf(1, undefined)], [1, 1])
    deepEqual([met.sensitive.limited, met.refusedPurposes.bits], [true, FIRST_PURPOSE])
  }
})

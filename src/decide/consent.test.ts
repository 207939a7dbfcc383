import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { contract, finding, policy } from '../../test/support/builders.ts'
import type { ContractPlan } from '../model/contract.ts'
import { ADVERTISING_DIMENSIONS, FIRST_PURPOSE, SALE, SHARING } from '../model/signal.ts'
import type { CategoryConsent, ConsentReading } from '../model/verdict.ts'
import { decide } from './decide.ts'
import { termsOf } from './terms.ts'
import { type ConsentSignals, NO_CONSENT_SIGNALS, verdictOf } from './verdict.ts'

const bits = (...numbers: number[]): number => numbers.reduce((all, number) => all | (1 << (number - 1)), 0)
const MEASUREMENT = 2
function strings(part: Partial<ConsentReading> = {}): ConsentReading {
  return {
    valid: true,
    problem: '',
    purposes: bits(1, 2, 3, 4, 7, 9, 10),
    specialFeatures: 0,
    purposesOf: (vendor) => (vendor === 5 ? bits(1, 7) : 0),
    hasProvider: (provider) => provider === 89,
    ...part,
  }
}
function categories(answers: Record<string, boolean>, granted: number): CategoryConsent {
  return { answers: new Map(Object.entries(answers)), granted }
}
function resultFor(terms: Partial<ContractPlan>, consent: Partial<ConsentSignals>, country = 'DE', denies = 0): string {
  const verdict = verdictOf({
    policy: policy(),
    // Categories that were granted open the dimensions, as `findSignals` says.
    findings: [
      finding({
        signal: 'category',
        why: 'agreed',
        permits: (consent.categories?.granted ?? 0) !== 0 ? ADVERTISING_DIMENSIONS : 0,
      }),
      ...(denies === 0 ? [] : [finding({ signal: 'category', why: 'category', denies })]),
    ],
    countries: [country],
    regions: undefined,
    consent: { ...NO_CONSENT_SIGNALS, ...consent },
  })
  const now = termsOf(contract(terms), {}, false)
  const decision = decide({
    accepted: now,
    now,
    app: 'messenger-ios',
    eventKey: 'Order Completed',
    verdict,
    finestCoarse: 4,
    at: 0,
  })
  return decision.kind === 'send' ? decision.why : `withheld: ${decision.why}`
}

describe('consent of one partner', () => {
  const european = strings()
  const yes = categories({ Ads: true }, MEASUREMENT)
  const rows: readonly (readonly [string, Partial<ContractPlan>, Partial<ConsentSignals>, string])[] = [
    ['no string at all', { tcfVendor: 5 }, {}, 'withheld: consent_missing'],
    ['its own number, its purposes', { tcfVendor: 5 }, { european }, 'agreed'],
    ['another’s number', { tcfVendor: 6 }, { european }, 'withheld: tcf'],
    [
      'its number, and a purpose it may not rely on',
      { tcfVendor: 5, purposes: ['analytics'] },
      { european },
      'withheld: tcf',
    ],
    ['a provider of Google’s list', { addtlProvider: 89 }, { european }, 'agreed'],
    ['another provider', { addtlProvider: 90 }, { european }, 'withheld: tcf'],
    ['neither number nor category', {}, { european }, 'withheld: tcf'],
    ['its category granted, no string', { consentCategories: ['Ads'] }, { categories: yes }, 'agreed'],
    [
      'its category granted, and the purposes in a string',
      { consentCategories: ['Ads'] },
      { european, categories: yes },
      'agreed',
    ],
    [
      'its category granted, and a string without purpose 7',
      { consentCategories: ['Ads'] },
      { european: strings({ purposes: bits(1) }), categories: yes },
      'withheld: tcf',
    ],
    [
      'one of two categories unanswered',
      { consentCategories: ['Ads', 'More'] },
      { categories: yes },
      'withheld: consent_missing',
    ],
    [
      'its category refused beside its number',
      { tcfVendor: 5, consentCategories: ['Ads'] },
      { european, categories: categories({ Ads: false }, 0) },
      'withheld: category',
    ],
    [
      'its category granted beside another’s number',
      { tcfVendor: 6, consentCategories: ['Ads'] },
      { european, categories: yes },
      'withheld: tcf',
    ],
    [
      'a string that cannot be relied on',
      { tcfVendor: 5 },
      { european: strings({ valid: false, purposes: 0, purposesOf: () => 0 }) },
      'withheld: signal_invalid',
    ],
    [
      'a service provider with the purposes',
      { role: 'service_provider', agreementUntil: 10, purposes: ['analytics'] },
      { european },
      'agreed',
    ],
    [
      'a service provider without them',
      { role: 'service_provider', agreementUntil: 10, purposes: ['analytics'] },
      { european: strings({ purposes: bits(1, 7) }) },
      'withheld: tcf',
    ],
    [
      'a service provider for what is strictly necessary',
      { role: 'service_provider', agreementUntil: 10, purposes: ['fraud_prevention'] },
      {},
      'agreed',
    ],
  ]
  for (const [what, terms, consent, expected] of rows) {
    test(`${what}: ${expected}`, () => {
      equal(resultFor(terms, consent), expected)
    })
  }

  test('consent to measurement is consent to measurement, without any to profiles', () => {
    equal(resultFor({ tcfVendor: 5 }, { european: strings({ purposes: bits(1, 7) }) }), 'agreed')
  })
  test('for advertising the profiles are needed', () => {
    const own = strings({ purposes: bits(1, 7), purposesOf: () => bits(1, 2, 3, 4, 7) })
    equal(
      resultFor(
        { tcfVendor: 5, purposes: ['advertising'], whenRestricted: { send: 'nothing', share: {} } },
        { european: own },
      ),
      'withheld: tcf',
    )
  })
  test('where no consent is asked for, a category still refuses its partner', () => {
    deepEqual(
      [
        resultFor({ consentCategories: ['Ads'] }, { categories: categories({ Ads: false }, 0) }, 'US'),
        resultFor({ consentCategories: ['Ads'] }, {}, 'US'),
      ],
      ['withheld: category', 'agreed'],
    )
  })
  test('a purpose refused by name withholds from whoever lists it', () => {
    const measurement = FIRST_PURPOSE << 1
    deepEqual(
      [resultFor({}, {}, 'US', measurement), resultFor({ purposes: ['analytics'] }, {}, 'US', measurement)],
      ['withheld: category', 'agreed'],
    )
  })
  test('an opt-out of targeted advertising restricts every third party; a missing opt-in only advertising', () => {
    equal(resultFor({ whenRestricted: { send: 'nothing', share: {} } }, {}, 'US', SALE | SHARING), 'withheld: category')
  })
})

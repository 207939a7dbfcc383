import { deepEqual, equal, throws } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { contract, finding, policy } from '../../test/support/builders.ts'
import type { EpochMs } from '../model/brand.ts'
import type { ContractPlan } from '../model/contract.ts'
import type { Decision } from '../model/decision.ts'
import { type FieldClass, ipLevel, topOf } from '../model/field-class.ts'
import type { Reason } from '../model/reason.ts'
import { ADVERTISING_DIMENSIONS, ALL_DIMENSIONS, type Finding } from '../model/signal.ts'
import { decide } from './decide.ts'
import { type Terms, termsOf } from './terms.ts'
import { verdictOf } from './verdict.ts'

const EVERYTHING = {
  advertising_id: 2,
  vendor_id: 2,
  device_id: 2,
  user_id: 2,
  anonymous_id: 2,
  push_token: 2,
  partner_id: 2,
  click_id: 2,
  message_id: 2,
  ip: ipLevel(32, 128),
  coordinates: 5,
  place: 4,
  email: 1,
  phone: 1,
  name: 1,
  address: 1,
  birth_date: 1,
  gender: 1,
  user_agent: 2,
  device: 2,
  os: 2,
  locale: 2,
  timezone: 2,
  carrier: 2,
  network: 2,
  time: 3,
  url: 2,
  referrer: 2,
  receipt: 1,
  property: 1,
  hardware_id: 1,
  payment: 1,
} as const
const OPT_OUT = finding({ denies: ADVERTISING_DIMENSIONS, why: 'choice' })
const LMT = finding({ signal: 'lmt', denies: ADVERTISING_DIMENSIONS, deviceLimit: true, why: 'lmt' })

interface Case {
  readonly contract?: Partial<ContractPlan>
  readonly before?: Partial<ContractPlan>
  readonly findings?: readonly Finding[]
  readonly country?: string
  readonly stopped?: boolean
  readonly abilities?: Readonly<Partial<Record<FieldClass, number>>>
  readonly at?: number
  readonly eventKey?: string
}
function decideCase({
  contract: part = {},
  before,
  findings = [],
  country = 'US',
  stopped = false,
  abilities = EVERYTHING,
  at = 0,
  eventKey = 'Order Completed',
}: Case): Decision {
  const now = termsOf(contract({ share: EVERYTHING, ...part }), abilities, stopped)
  return decide({
    accepted: before === undefined ? now : termsOf(contract({ share: EVERYTHING, ...before }), abilities, false),
    now,
    app: 'messenger-ios',
    eventKey,
    verdict: verdictOf({ policy: policy(), findings, countries: [country], regions: [] }),
    finestCoarse: 4,
    at,
  })
}
function fieldOf(decision: Decision, name: FieldClass): { level: number; why: Reason } {
  if (decision.kind !== 'send') throw new Error(`withheld: ${decision.why}`)
  return { ...decision.fields[name] }
}

describe('decide: whether anything goes', () => {
  const rows: [string, Case, Reason][] = [
    ['a child', { findings: [finding({ child: true, denies: ALL_DIMENSIONS, why: 'child' })] }, 'child'],
    ['a stopped partner', { stopped: true }, 'stopped'],
    [
      'an opt-out where the contract sends nothing then',
      { contract: { whenRestricted: { send: 'nothing', share: {} } }, findings: [OPT_OUT] },
      'choice',
    ],
    [
      'a malformed signal where the contract sends nothing then',
      {
        contract: { whenRestricted: { send: 'nothing', share: {} } },
        findings: [finding({ signal: 'us_privacy', denies: ALL_DIMENSIONS, why: 'signal_invalid' })],
      },
      'signal_invalid',
    ],
    ['consent law without a consent string', { country: 'DE' }, 'consent_missing'],
    ['a country the policy does not know', { country: 'ZZ' }, 'consent_missing'],
    ['an event the contract does not name', { contract: { events: {} } }, 'event_not_granted'],
    ['an event the contract did not name when it was accepted', { before: { events: {} } }, 'event_not_granted'],
    ['an app the contract does not list', { contract: { apps: [] } }, 'contract_ended'],
    ['a contract without a purpose', { contract: { purposes: [] } }, 'not_granted'],
    [
      'a service provider for analytics under consent law',
      { country: 'DE', contract: { role: 'service_provider', agreementUntil: 10, purposes: ['analytics'] } },
      'consent_missing',
    ],
  ]
  for (const [what, input, why] of rows) {
    test(`${what}: nothing goes, because ${why}`, () => {
      deepEqual(decideCase(input), { kind: 'withhold', why })
    })
  }

  test('a partner whose contract is gone gets nothing', () => {
    const verdict = verdictOf({ policy: policy(), findings: [], countries: ['US'], regions: [] })
    const decision = decide({
      accepted: termsOf(contract(), EVERYTHING, false),
      now: undefined,
      app: 'messenger-ios',
      eventKey: 'Order Completed',
      verdict,
      finestCoarse: 4,
      at: 0,
    })
    deepEqual(decision, { kind: 'withhold', why: 'contract_ended' })
  })

  test('a service provider keeps working for an opted-out person, and not one moment after its agreement ends', () => {
    const provider = {
      role: 'service_provider',
      agreementUntil: 1_000,
      purposes: ['fraud_prevention'],
      whenRestricted: { send: 'nothing', share: {} },
    } as const
    equal(decideCase({ contract: provider, findings: [OPT_OUT], at: 999 }).kind, 'send')
    deepEqual(decideCase({ contract: provider, findings: [OPT_OUT], at: 1_000 }), { kind: 'withhold', why: 'choice' })
  })
})

describe('decide: a wish to be forgotten', () => {
  const IDS: readonly FieldClass[] = ['advertising_id', 'vendor_id', 'device_id', 'partner_id']
  const FORGETS = { events: { '@forget': { as: 'forget', properties: {} } } }
  const NO_CONSENT = { country: 'DE' } as const
  const NOTHING_THEN = { ...FORGETS, whenRestricted: { send: 'nothing', share: {} } } as const
  const rows: [string, Case, Reason | readonly FieldClass[]][] = [
    ['nothing restricts', { contract: FORGETS }, IDS],
    ['an opt-out where nothing goes then', { contract: NOTHING_THEN, findings: [OPT_OUT] }, IDS],
    ['no consent where the law asks for it', { contract: NOTHING_THEN, ...NO_CONSENT }, IDS],
    ['a device that limits tracking', { contract: NOTHING_THEN, findings: [LMT] }, ['partner_id']],
    ['some ids are granted', { contract: { ...NOTHING_THEN, share: { partner_id: 2, ip: 8_320 } } }, ['partner_id']],
    ['no id is granted', { contract: { ...NOTHING_THEN, share: { email: 1 } } }, []],
    [
      'a child',
      { contract: FORGETS, findings: [finding({ child: true, denies: ALL_DIMENSIONS, why: 'child' })] },
      'child',
    ],
    ['a stopped partner', { contract: FORGETS, stopped: true }, 'stopped'],
    ['a contract that does not name it', {}, 'event_not_granted'],
    ['a contract that did not when it came in', { contract: FORGETS, before: {} }, 'event_not_granted'],
    ['an app the contract does not list', { contract: { ...FORGETS, apps: [] } }, 'contract_ended'],
    [
      'an agreement that has ended, where nothing goes of a third party’s restricted people',
      { contract: { ...NOTHING_THEN, role: 'service_provider', agreementUntil: 0 }, findings: [OPT_OUT] },
      IDS,
    ],
  ]
  for (const [what, input, result] of rows) {
    test(`${what}: ${typeof result === 'string' ? `withheld(${result})` : `[${result.join(', ')}]`}`, () => {
      const decision = decideCase({ ...input, eventKey: '@forget' })
      if (decision.kind === 'withhold') return equal(decision.why, result)
      deepEqual(
        Object.entries(decision.fields).flatMap(([name, { level }]) => (level === 0 ? [] : [name])),
        result,
      )
      equal(decision.why === 'agreed', decision.flags.restricted === false)
    })
  }
})
describe('decide: one field', () => {
  const rows: [string, Case, FieldClass, number, Reason][] = [
    ['granted and nothing restricts', {}, 'advertising_id', 2, 'agreed'],
    ['granted in coarser form', { contract: { share: { ip: ipLevel(24, 48) } } }, 'ip', ipLevel(24, 48), 'generalised'],
    ['not granted', { contract: { share: {} } }, 'email', 0, 'not_granted'],
    ['granted now but not when accepted', { before: { share: {} } }, 'email', 0, 'not_granted'],
    ['granted when accepted but not now', { before: {}, contract: { share: {} } }, 'email', 0, 'not_granted'],
    ['a kind that never leaves, granted all the same', {}, 'payment', 0, 'never_leaves'],
    [
      'the interface has no place for it',
      { abilities: { ...EVERYTHING, vendor_id: 0 } },
      'vendor_id',
      0,
      'type_cannot_carry',
    ],
    ['opted out, not in the limited terms', { findings: [OPT_OUT] }, 'advertising_id', 0, 'choice'],
    ['opted out, lowered by the limited terms', { findings: [OPT_OUT] }, 'os', 1, 'choice'],
    [
      'device limit, though the limited terms would pass it',
      { contract: { whenRestricted: { send: 'limited', share: { advertising_id: 2 } } }, findings: [LMT] },
      'advertising_id',
      0,
      'lmt',
    ],
    [
      'device limit and the vendor id',
      { contract: { whenRestricted: { send: 'limited', share: { vendor_id: 2 } } }, findings: [LMT] },
      'vendor_id',
      0,
      'lmt',
    ],
    [
      'device limit and the user agent',
      { contract: { whenRestricted: { send: 'limited', share: { user_agent: 2 } } }, findings: [LMT] },
      'user_agent',
      1,
      'lmt',
    ],
    [
      'device limit and the address, each family by itself',
      { contract: { whenRestricted: { send: 'limited', share: { ip: ipLevel(16, 64) } } }, findings: [LMT] },
      'ip',
      ipLevel(16, 48),
      'lmt',
    ],
    ['coordinates without an opt-in', {}, 'coordinates', 4, 'precise_location'],
    ['postal code without an opt-in', {}, 'place', 3, 'precise_location'],
    [
      'location permission refused: coordinates',
      {
        findings: [
          finding({ signal: 'location_permission', denies: 8, countryOnly: true, why: 'location_permission' }),
        ],
      },
      'coordinates',
      0,
      'location_permission',
    ],
    [
      'location permission refused: place',
      {
        findings: [
          finding({ signal: 'location_permission', denies: 8, countryOnly: true, why: 'location_permission' }),
        ],
      },
      'place',
      1,
      'location_permission',
    ],
    ['naming a property is its grant', {}, 'property', 1, 'agreed'],
    ['properties of restricted people need a line of their own', { findings: [OPT_OUT] }, 'property', 0, 'choice'],
  ]
  for (const [what, input, name, level, why] of rows) {
    test(`${what}: ${name}`, () => {
      deepEqual(fieldOf(decideCase(input), name), { level, why })
    })
  }

  test('the strictest of two device limits under a service provider takes the advertising id alone', () => {
    const decision = decideCase({
      contract: { role: 'service_provider', agreementUntil: 10, purposes: ['measurement'] },
      findings: [LMT],
    })
    deepEqual([fieldOf(decision, 'advertising_id').level, fieldOf(decision, 'vendor_id').level], [0, 2])
  })

  test('only properties that both contracts name are shared, under the name in force now', () => {
    const decision = decideCase({
      before: { events: { 'Order Completed': { as: 'old', properties: { revenue: 'amount' } } } },
      contract: { events: { 'Order Completed': { as: 'new', properties: { revenue: 'value', coupon: 'coupon' } } } },
    })
    equal(decision.kind === 'send' ? decision.as : '', 'new')
    deepEqual(decision.kind === 'send' ? decision.properties : {}, { revenue: 'value' })
  })

  test('every class has a decision, and the tops are reachable', () => {
    const decision = decideCase({ findings: [finding({ permits: ALL_DIMENSIONS, why: 'agreed' })] })
    equal(fieldOf(decision, 'coordinates').level, topOf('coordinates'))
    equal(fieldOf(decision, 'place').level, topOf('place'))
  })
})

interface State {
  readonly findings: readonly Finding[]
  readonly country: string
  readonly finestCoarse: number
}

describe('decide: what is remembered of terms', () => {
  test('terms that were asked about others before answer as terms that never were', () => {
    const roles = ['third_party', 'service_provider'] as const
    const whys = ['choice', 'gpc', 'us_privacy', 'agreed'] as const
    const states = [
      [],
      [OPT_OUT],
      [LMT],
      [OPT_OUT, LMT],
      ...whys.map((why) => [finding({ denies: ALL_DIMENSIONS, why })]),
      ...whys.map((why) => [finding({ permits: ALL_DIMENSIONS, why }), LMT]),
      [finding({ countryOnly: true, why: 'location_permission' })],
    ]
    for (const role of roles) {
      const made = () =>
        termsOf(
          contract({
            share: EVERYTHING,
            role,
            agreementUntil: 1 as EpochMs,
            whenRestricted: { send: 'limited', share: { ip: ipLevel(16, 32), os: 1 } },
          }),
          EVERYTHING,
          false,
        )
      const of = (terms: Terms, { findings, country, finestCoarse }: State): Decision =>
        decide({
          accepted: terms,
          now: terms,
          app: 'messenger-ios',
          eventKey: 'Order Completed',
          verdict: verdictOf({ policy: policy(), findings, countries: [country], regions: [] }),
          finestCoarse,
          at: 0,
        })
      const shared = made()
      for (const findings of [...states, ...states.toReversed()])
        for (const country of ['US', 'DE'])
          for (const finestCoarse of [1, 3])
            deepEqual(of(shared, { findings, country, finestCoarse }), of(made(), { findings, country, finestCoarse }))
    }
  })
})

test('decide: a treatment that others share cannot be changed', () => {
  const decision = decideCase({ findings: [OPT_OUT] })
  if (decision.kind !== 'send') throw new Error(`withheld: ${decision.why}`)
  throws(() => Object.assign(decision.fields, { ip: { level: 0, why: 'choice' } }), TypeError)
  for (const field of Object.values(decision.fields)) throws(() => Object.assign(field, { level: 9 }), TypeError)
})

describe('decide: the flags a partner is told', () => {
  const flagsOf = (findings: readonly Finding[]) => {
    const decision = decideCase({ findings })
    return decision.kind === 'send' ? decision.flags : undefined
  }
  test('nothing restricts: no flag', () => {
    deepEqual(flagsOf([]), {
      restricted: false,
      sale: false,
      sharing: false,
      targetedAdvertising: false,
      deviceLimit: false,
      gpc: false,
    })
  })
  test('an opt-out sets them', () => {
    deepEqual(flagsOf([OPT_OUT]), {
      restricted: true,
      sale: true,
      sharing: true,
      targetedAdvertising: true,
      deviceLimit: false,
      gpc: false,
    })
  })
  test('Global Privacy Control is passed on', () => {
    equal(flagsOf([finding({ signal: 'gpc', denies: ADVERTISING_DIMENSIONS, why: 'gpc' })])?.gpc, true)
  })
})

/** What a change means: each row is one edit, its class, and a line of what is said of it. */
import { equal, match, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Plans } from '../../src/contracts/config.ts'
import { type Diff, diffPlans } from '../../src/diff/diff.ts'
import { wordsOfDiff } from '../../src/diff/words.ts'
import type { AppId, PartnerId } from '../../src/model/brand.ts'
import type { AppPlan, Change, ContractPlan, Policy, Regime } from '../../src/model/contract.ts'
import { ipLevel } from '../../src/model/field-class.ts'
import { partnerTypes } from '../../src/partners/registry.ts'
import { APP, contract, OPT_IN_REGIME, OPT_OUT_REGIME, policy } from '../support/builders.ts'
import { threadMs } from '../support/cpu-time.ts'

const NOW = Date.UTC(2026, 0, 1)
const types = partnerTypes()
const app: AppPlan = { id: APP, name: 'Messenger', writeKeys: ['key'], retiredKeys: [] }

function plans(contracts: readonly ContractPlan[], part: Partial<Plans> = {}): Plans {
  return { policy: policy(), apps: [app], contracts, ...part }
}
function diff(before: Plans, after: Plans): Diff {
  return diffPlans(before, after, { abilitiesOf: (type) => types.get(type)?.abilities, now: NOW })
}
/** The fixture with a class for restricted people too. */
const TERMS = contract({
  share: { advertising_id: 2, os: 2, ip: ipLevel(24, 48), user_id: 1, place: 3, email: 1 },
  whenRestricted: { send: 'limited', share: { os: 1, place: 1 } },
})
const STRICT: ContractPlan = { ...TERMS, whenRestricted: { send: 'nothing', share: {} } }
const PROVIDER = contract({ role: 'service_provider', purposes: ['analytics'], agreementUntil: NOW + 1_000 })

describe('what a change of one contract means', () => {
  const share = (part: ContractPlan['share']): Partial<ContractPlan> => ({ share: { ...TERMS.share, ...part } })
  const restricted = (part: ContractPlan['share']): Partial<ContractPlan> => ({
    whenRestricted: { send: 'limited', share: { ...TERMS.whenRestricted.share, ...part } },
  })
  const rows: readonly (readonly [string, Partial<ContractPlan>, Change, RegExp])[] = [
    ['nothing', {}, 'same', /^same/],
    ['a field less', share({ email: 0 }), 'narrower', /no longer receive email of everyone who did not opt out/],
    ['a field coarser', share({ user_id: 0, os: 1 }), 'narrower', /receive os \(reduced\) instead of os of/],
    ['a field more', share({ gender: 1 }), 'wider', /newly receive gender of everyone who did not opt out/],
    ['a longer prefix', share({ ip: ipLevel(32, 48) }), 'wider', /the \/32 of the IP .* instead of the \/24/],
    ['one prefix longer, one shorter', share({ ip: ipLevel(32, 32) }), 'mixed', /of the IP/],
    ['a field more and one less', share({ gender: 1, email: 0 }), 'mixed', /newly receive gender/],
    ['a field the type cannot carry', share({ hardware_id: 1 }), 'same', /^same/],
    [
      'more of restricted people',
      restricted({ os: 2 }),
      'wider',
      /receive os instead of os \(reduced\) of people who opted out/,
    ],
    [
      'nothing of restricted people',
      { whenRestricted: { send: 'nothing', share: {} } },
      'narrower',
      /no longer be told of events of/,
    ],
    ['a restricted class above the grant', restricted({ gender: 1 }), 'same', /^same/],
    [
      'another event',
      { events: { ...TERMS.events, Login: { as: 'login', properties: {} } } },
      'wider',
      /newly be told of Login/,
    ],
    [
      'no event',
      { events: { Login: { as: 'login', properties: {} } } },
      'mixed',
      /no longer be told of Order Completed/,
    ],
    [
      'an event under another name',
      { events: { 'Order Completed': { ...TERMS.events['Order Completed']!, as: 'buy' } } },
      'mixed',
      /as buy instead of purchase/,
    ],
    [
      'a property more',
      {
        events: {
          'Order Completed': { as: 'purchase', properties: { revenue: 'value', 'traits.plan': 'plan', coupon: 'c' } },
        },
      },
      'wider',
      /newly receive the property coupon/,
    ],
    [
      'a property less',
      { events: { 'Order Completed': { as: 'purchase', properties: { revenue: 'value' } } } },
      'narrower',
      /no longer receive the property traits.plan/,
    ],
    [
      'a property under another name',
      { events: { 'Order Completed': { as: 'purchase', properties: { revenue: 'amount', 'traits.plan': 'plan' } } } },
      'mixed',
      /as amount instead of value/,
    ],
    [
      'wishes to be forgotten, with an id that restricted people do not give',
      { events: { ...TERMS.events, '@forget': { as: 'forget', properties: {} } } },
      'wider',
      /newly be told of @forget .*for everyone/,
    ],
    ['another app', { apps: [APP, 'other' as AppId] }, 'wider', /Order Completed \(other\)/],
    ['another address', { connection: { url: 'https://elsewhere.example/' } }, 'wider', /connection: changed/],
    ['another purpose', { purposes: ['measurement', 'analytics'] }, 'mixed', /purposes: measurement, analytics/],
    ['advertising besides', { purposes: ['advertising', 'measurement'] }, 'mixed', /purposes/],
    ['another country', { countries: ['DE', 'US'] }, 'wider', /countries: DE, US instead of US/],
    ['no country', { countries: [] }, 'narrower', /countries/],
    ['another number in the vendor list', { tcfVendor: 7 }, 'wider', /newly receive .* of people who opted in/],
    ['a consent category', { consentCategories: ['Ads'] }, 'mixed', /sends? categories|consent names/],
    ['limits', { limits: { ...TERMS.limits, perSecond: 1 } }, 'same', /limits: changed/],
    ['a contact', { contact: 'dpo@northwind.example' }, 'same', /contact: dpo/],
    ['a setting nobody has judged', { brandNew: true } as never, 'wider', /brandNew: changed/],
    ['a provider', { role: 'service_provider', agreementUntil: NOW + 1_000 }, 'wider', /newly receive|role/],
  ]
  for (const [what, part, change, words] of rows) {
    test(`${what}: ${change}`, () => {
      const found = diff(plans([TERMS]), plans([{ ...TERMS, ...part }]))
      equal(found.change, change, wordsOfDiff(found))
      match(wordsOfDiff(found), words)
    })
  }

  test('one vendor number instead of another is mixed: some consented to the one, some to the other', () => {
    const found = diff(plans([{ ...TERMS, tcfVendor: 5 }]), plans([{ ...TERMS, tcfVendor: 7 }]))
    equal(found.change, 'mixed')
    match(wordsOfDiff(found), /people whose consent names some/)
  })

  test('a longer agreement is wider, because the shorter one would have lapsed', () => {
    const longer = { ...PROVIDER, agreementUntil: NOW + 2_000 }
    equal(diff(plans([PROVIDER]), plans([longer])).change, 'wider')
    equal(diff(plans([longer]), plans([PROVIDER])).change, 'narrower')
  })

  test('a partner that comes is wider, one that goes narrower', () => {
    const found = diff(plans([]), plans([TERMS]))
    equal(found.change, 'wider')
    match(wordsOfDiff(found), /is a new partner[\s\S]*newly receive .*advertising_id/)
    equal(diff(plans([TERMS]), plans([])).change, 'narrower')
    equal(diff(plans([TERMS]), plans([{ ...TERMS, id: 'other' as PartnerId }])).change, 'mixed')
  })

  test('the sentence names whom it concerns, where, and counts what is gone', () => {
    const found = diff(
      plans([TERMS]),
      plans([
        {
          ...TERMS,
          share: { os: 2, ip: ipLevel(24, 48), place: 3 },
          whenRestricted: { send: 'limited', share: { os: 1, place: 1, ip: ipLevel(24, 48) } },
        },
      ]),
    )
    equal(found.change, 'mixed')
    const words = wordsOfDiff(found)
    match(words, /Northwind Ads \(northwind\): mixed/)
    match(words, /\+ will newly receive the \/24 of the IP .* of people who opted out/)
    match(words, /- 3 fields fewer \(advertising_id, user_id, email\) for everyone who did not opt out/)
  })
})

describe('staged, waiting and lapsing terms', () => {
  const wider: ContractPlan = { ...TERMS, share: { ...TERMS.share, gender: 1 } }
  const bound = (
    when: NonNullable<ContractPlan['bounds']>[number]['when'],
    before: ContractPlan | null = TERMS,
  ): ContractPlan => ({
    ...wider,
    bounds: [{ contract: before, when }],
  })
  const rows: readonly (readonly [string, ContractPlan, ContractPlan, Change])[] = [
    ['a widening that waits', TERMS, bound({ kind: 'always' }), 'same'],
    ['one percent', TERMS, bound({ kind: 'outside', percent: 1 }), 'wider'],
    ['nobody', TERMS, bound({ kind: 'outside', percent: 0 }), 'same'],
    ['ten percent after one', bound({ kind: 'outside', percent: 1 }), bound({ kind: 'outside', percent: 10 }), 'wider'],
    [
      'one percent after ten',
      bound({ kind: 'outside', percent: 10 }),
      bound({ kind: 'outside', percent: 1 }),
      'narrower',
    ],
    ['everybody after ten percent', bound({ kind: 'outside', percent: 10 }), wider, 'wider'],
    ['until tomorrow', TERMS, bound({ kind: 'from', at: NOW + 86_400_000 }), 'wider'],
    ['until tomorrow instead of for good', wider, bound({ kind: 'from', at: NOW + 86_400_000 }), 'narrower'],
    ['until a moment that is over', TERMS, bound({ kind: 'from', at: NOW }), 'same'],
    [
      'a new partner at one percent',
      bound({ kind: 'outside', percent: 0 }, null),
      bound({ kind: 'outside', percent: 1 }, null),
      'wider',
    ],
  ]
  for (const [what, before, after, change] of rows) {
    test(`${what}: ${change}`, () => {
      const found = diff(plans([before]), plans([after]))
      equal(found.change, change, wordsOfDiff(found))
    })
  }
})

describe('what a change of the policy or an app means', () => {
  const regime = (id: string, base: Regime, rules: Partial<Regime['rules']>, part: Partial<Regime> = {}): Regime => ({
    ...base,
    id,
    ...part,
    rules: { ...base.rules, ...rules },
  })
  const allowAll = { adult: 'allow', unknown: 'allow', '16_17': 'allow', '13_15': 'allow', under_13: 'never' } as const
  const rows: readonly (readonly [string, Partial<Policy>, Change])[] = [
    ['its date', { date: '2030-01-01' }, 'same'],
    ['a stricter place', { places: { US: 'gdpr', DE: 'gdpr' } }, 'narrower'],
    ['a looser place', { places: { US: 'us', DE: 'us' } }, 'wider'],
    ['a place that had the default anyway', { places: { US: 'us', DE: 'gdpr', FR: 'gdpr' } }, 'same'],
    [
      'no opt-in asked for a dimension',
      { regimes: { us: OPT_OUT_REGIME, gdpr: regime('gdpr', OPT_IN_REGIME, { sale: allowAll }) } },
      'same',
    ],
    [
      'no opt-in asked for sale and sharing',
      {
        regimes: {
          us: OPT_OUT_REGIME,
          gdpr: regime('gdpr', OPT_IN_REGIME, { sale: allowAll, sharing: allowAll }, { consentRequired: false }),
        },
      },
      'wider',
    ],
    [
      'consent asked for first',
      { regimes: { us: regime('us', OPT_OUT_REGIME, {}, { consentRequired: true }), gdpr: OPT_IN_REGIME } },
      'narrower',
    ],
    ['Global Privacy Control ignored', { honour: { dnt: false, gpc: false } }, 'wider'],
    ['Do Not Track honoured', { honour: { dnt: true, gpc: true } }, 'narrower'],
  ]
  for (const [what, part, change] of rows) {
    test(`${what}: ${change}`, () => {
      const found = diff(plans([TERMS]), plans([TERMS], { policy: policy(part) }))
      equal(found.change, change, wordsOfDiff(found))
    })
  }

  test('finer positions are wider where a contract grants them', () => {
    const terms = { ...TERMS, share: { ...TERMS.share, coordinates: 5 } }
    equal(diff(plans([terms]), plans([terms], { policy: policy({ minAreaKm2: 500 }) })).change, 'narrower')
    equal(diff(plans([TERMS]), plans([TERMS], { policy: policy({ minAreaKm2: 500 }) })).change, 'same')
  })

  test('a category that is mapped no longer denies, one that is not mapped any more does', () => {
    const mapped = { ...app, consentCategories: { Ads: ['measurement'] as const } }
    equal(diff(plans([STRICT]), plans([STRICT], { apps: [mapped] })).change, 'wider')
    equal(diff(plans([STRICT], { apps: [mapped] }), plans([STRICT])).change, 'narrower')
    // Whoever refuses it would get limited data before, and nothing now.
    equal(diff(plans([TERMS]), plans([TERMS], { apps: [mapped] })).change, 'mixed')
  })

  test('whoever may speak for users is wider; write keys are listed', () => {
    const users = { jwks: 'jwks.json', issuer: 'i', audience: 'a', claim: 'sub' }
    equal(diff(plans([TERMS]), plans([TERMS], { apps: [{ ...app, users }] })).change, 'wider')
    const keys = diff(plans([TERMS]), plans([TERMS], { apps: [{ ...app, writeKeys: ['other-key'] }] }))
    equal(keys.change, 'same')
    match(wordsOfDiff(keys), /writeKeys: changed/)
    ok(!wordsOfDiff(keys).includes('other-key'))
  })

  test('the countries concerned are counted', () => {
    const places = { US: 'us', DE: 'gdpr', FR: 'gdpr', IT: 'gdpr', ES: 'gdpr' }
    const terms = { ...TERMS, tcfVendor: 5 }
    const found = diff(
      plans([terms], { policy: policy({ places }) }),
      plans([terms], { policy: policy({ places: { ...places, FR: 'us', IT: 'us', ES: 'us', DE: 'us' } }) }),
    )
    match(wordsOfDiff(found), /in 4 countries/)
  })
})

test('fifty changed contracts take no more than about two seconds', (t) => {
  const many = (level: number): readonly ContractPlan[] =>
    Array.from({ length: 50 }, (_, index) => ({
      ...TERMS,
      id: `p${index}` as PartnerId,
      share: { ...TERMS.share, os: level },
    }))
  const took = threadMs(() => equal(diff(plans(many(2)), plans(many(1))).change, 'narrower'))
  t.diagnostic(`${Math.round(took)} ms`)
  ok(took < 10_000, `${took} ms`)
})

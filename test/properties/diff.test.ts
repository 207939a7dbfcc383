/**
 * What a change is said to mean holds for every event: random changes of contracts, app and policy, classified by the
 * diff, then both sides asked for the real bytes of random events of random people, anywhere, at any time.
 */
import { equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { diffPlans } from '../../src/diff/diff.ts'
import { wordsOfDiff } from '../../src/diff/words.ts'
import type { Prepared } from '../../src/flow/prepare.ts'
import type { IdentityKey, JsonObject } from '../../src/model/brand.ts'
import {
  type AppPlan,
  type BoundCondition,
  type Change,
  type ContractPlan,
  type Policy,
  PURPOSES,
  type Regime,
  RULES,
} from '../../src/model/contract.ts'
import {
  atMost,
  FIELD_CLASSES,
  type FieldClass,
  ipLevel,
  type Level,
  meet,
  topOf,
} from '../../src/model/field-class.ts'
import { ADVERTISING_DIMENSIONS, AGE_BANDS, DIMENSIONS, type Finding } from '../../src/model/signal.ts'
import { partnerTypes } from '../../src/partners/registry.ts'
import { APP, contract, finding, OPT_IN_REGIME, OPT_OUT_REGIME, policy } from '../support/builders.ts'
import { NOW, runCore } from '../support/gateway-core.ts'
import { SLOTS, telemetry } from '../support/telemetry.ts'

/** A diff asks about every state of a person, so one costs as much as hundreds of events. */
const RUNS = Math.ceil(Number(process.env.SLUICE_CASES ?? 400) / 4)
const EVENTS = 12
const HOUR = 3_600_000
const types = partnerTypes()

interface World {
  readonly contract: ContractPlan
  readonly policy: Policy
  readonly categories: NonNullable<AppPlan['consentCategories']>
}
type Step = (world: World) => World

const CLASSES: readonly FieldClass[] = [
  ...new Set([...SLOTS.map(({ fieldClass }) => fieldClass), 'coordinates' as const]),
]
const level = (name: FieldClass): fc.Arbitrary<Level> =>
  name === 'ip'
    ? fc.tuple(fc.constantFrom(0, 16, 24, 32), fc.constantFrom(0, 48, 128)).map(([v4, v6]) => ipLevel(v4, v6))
    : fc.integer({ min: 0, max: topOf(name) })
const grant = fc.constantFrom(...CLASSES).chain((name) => level(name).map((to) => [name, to] as const))
const onContract =
  (change: (terms: ContractPlan) => Partial<ContractPlan>): Step =>
  (world) => ({
    ...world,
    contract: { ...world.contract, ...change(world.contract) },
  })
const onPolicy =
  (change: (now: Policy) => Partial<Policy>): Step =>
  (world) => ({
    ...world,
    policy: { ...world.policy, ...change(world.policy) },
  })

const condition: fc.Arbitrary<BoundCondition> = fc.oneof(
  fc.constant({ kind: 'always' as const }),
  fc.constantFrom(NOW, NOW + HOUR).map((at) => ({ kind: 'from' as const, at })),
  fc.constantFrom(0, 1, 50, 100).map((percent) => ({ kind: 'outside' as const, percent })),
)
const rule = fc.constantFrom(...RULES)

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: grant.map(([name, to]) => onContract(({ share }) => ({ share: { ...share, [name]: to } }))),
  },
  {
    weight: 3,
    arbitrary: grant.map(([name, to]) =>
      onContract(({ whenRestricted: { send, share } }) => ({
        whenRestricted: { send, share: { ...share, [name]: to } },
      })),
    ),
  },
  fc
    .constantFrom('limited' as const, 'nothing' as const)
    .map((send) => onContract(({ whenRestricted: { share } }) => ({ whenRestricted: { send, share } }))),
  fc.subarray([...PURPOSES], { minLength: 1 }).map((purposes) => onContract(() => ({ purposes }))),
  fc.constantFrom(...PURPOSES).map((purpose) => onContract(() => ({ purposes: [purpose] }))),
  fc
    .constantFrom(
      { role: 'third_party' as const },
      { role: 'service_provider' as const, agreementUntil: NOW + HOUR },
      { role: 'service_provider' as const, agreementUntil: NOW + 3 * HOUR },
    )
    .map((part) => onContract(() => part)),
  fc.constantFrom([], ['Ads'], ['Ads', 'More']).map((consentCategories) => onContract(() => ({ consentCategories }))),
  fc
    .constantFrom({}, { revenue: 'value' }, { revenue: 'amount' }, { revenue: 'value', 'traits.plan': 'plan' })
    .map((properties) =>
      onContract(() => ({
        events: { 'Order Completed': { as: 'purchase', properties: properties as Record<string, string> } },
      })),
    ),
  fc.constantFrom('purchase', 'buy').map((as) =>
    onContract(({ events }) => ({
      events: { 'Order Completed': { as, properties: events['Order Completed']?.properties ?? {} } },
    })),
  ),
  fc.tuple(condition, fc.array(grant, { maxLength: 2 })).map(([when, grants]) =>
    onContract((before) => ({
      share: { ...before.share, ...Object.fromEntries(grants) },
      bounds: [{ contract: before, when }],
    })),
  ),
  fc
    .record({
      id: fc.constantFrom('us', 'gdpr'),
      dimension: fc.constantFrom(...(Object.keys(DIMENSIONS) as (keyof typeof DIMENSIONS)[])),
      band: fc.constantFrom(...AGE_BANDS),
      to: rule,
    })
    .map(({ id, dimension, band, to }) =>
      onPolicy(({ regimes }) => {
        const regime = regimes[id]!
        const rules: Regime['rules'] = { ...regime.rules, [dimension]: { ...regime.rules[dimension], [band]: to } }
        return { regimes: { ...regimes, [id]: { ...regime, rules } } }
      }),
    ),
  fc
    .tuple(fc.constantFrom('us', 'gdpr'), fc.boolean())
    .map(([id, consentRequired]) =>
      onPolicy(({ regimes }) => ({ regimes: { ...regimes, [id]: { ...regimes[id]!, consentRequired } } })),
    ),
  fc
    .tuple(fc.constantFrom('US', 'DE', 'US-CA'), fc.constantFrom('us', 'gdpr'))
    .map(([place, id]) => onPolicy(({ places }) => ({ places: { ...places, [place]: id } }))),
  fc.constantFrom('us', 'gdpr').map((defaultRegime) => onPolicy(() => ({ defaultRegime }))),
  fc.constantFrom(5, 50, 500).map((minAreaKm2) => onPolicy(() => ({ minAreaKm2 }))),
  fc.record({ dnt: fc.boolean(), gpc: fc.boolean() }).map((honour) => onPolicy(() => ({ honour }))),
  fc
    .constantFrom<World['categories'][]>({}, { Ads: ['measurement', 'advertising'] }, {
      Ads: ['measurement'],
      More: ['analytics'],
    } as never)
    .map(
      (categories): Step =>
        (world) => ({ ...world, categories }),
    ),
)

const start: World = {
  contract: contract({
    // Everything is granted at first, so that a step can take away as well as add.
    share: Object.fromEntries(
      CLASSES.map((name) => [name, meet(name, topOf(name), name === 'ip' ? ipLevel(24, 48) : topOf(name))]),
    ),
    whenRestricted: { send: 'limited', share: { os: 1, place: 2, property: 1, ip: ipLevel(16, 48) } },
  }),
  policy: policy({
    places: { US: 'us', 'US-CA': 'us', DE: 'gdpr' },
    regimes: { us: OPT_OUT_REGIME, gdpr: OPT_IN_REGIME },
  }),
  categories: { Ads: ['measurement'] },
}
const change = fc
  .tuple(fc.array(step, { maxLength: 6 }), fc.array(step, { minLength: 1, maxLength: 2 }))
  .map(([first, then]) => {
    const before = first.reduce((world, one) => one(world), start)
    return { before, after: then.reduce((world, one) => one(world), before) }
  })

/** One person's event: where, what they said, by which signals, and when it is decided. */
const situation = fc.record({
  telemetry: telemetry({ context: { device: { attTrackingStatus: 3 } } }),
  countries: fc.constantFrom(['US'], ['DE'], ['FR'], [], ['US', 'DE']),
  regions: fc.constantFrom([], ['CA']),
  standing: fc.array(
    fc.oneof<fc.Arbitrary<Finding>[]>(
      fc.constant(finding({ denies: ADVERTISING_DIMENSIONS, withdrawal: true })),
      fc.integer({ min: 1, max: 15 }).map((denies) => finding({ denies })),
      fc.integer({ min: 1, max: 15 }).map((permits) => finding({ permits, why: 'agreed' })),
      fc.constant(finding({ permits: 15, why: 'agreed' })),
      fc.constant(finding({ signal: 'lmt', denies: ADVERTISING_DIMENSIONS, deviceLimit: true, why: 'lmt' })),
      fc.constant(finding({ signal: 'gpp', denies: 16, why: 'gpp' })),
      fc.constant(finding({ signal: 'location_permission', denies: 8, countryOnly: true, why: 'location_permission' })),
      fc.constantFrom(...AGE_BANDS).map((band) => finding({ signal: 'age', band, why: 'agreed' })),
      fc.integer({ min: 0, max: 4 }).map((index) => finding({ signal: 'gpp', denies: 32 << index, why: 'gpp' })),
    ),
    { maxLength: 2 },
  ),
  gpc: fc.constantFrom([], ['1']),
  dnt: fc.constantFrom([], ['1']),
  categories: fc.constantFrom(
    undefined,
    { Ads: ['true'] },
    { Ads: ['false'] },
    { Ads: ['true'], More: ['true'] },
    { More: ['true'] },
  ),
  gdpr: fc.constantFrom(undefined, ['1']),
  at: fc.constantFrom(NOW, NOW + 2 * HOUR, NOW + 4 * HOUR),
  subject: fc.option(
    fc.integer({ min: 0, max: 9 }).map((digit) => `${digit}`.repeat(32) as IdentityKey),
    { nil: undefined },
  ),
})
type Situation = typeof situation extends fc.Arbitrary<infer T> ? T : never

function prepare({ contract: terms, policy: rules, categories }: World, of: Situation): Prepared {
  const { prepared } = runCore({
    contracts: [terms],
    policy: rules,
    categories,
    event: of.telemetry.event as JsonObject,
    signals: {
      att: ['3'],
      country: of.countries,
      ...(of.regions.length === 0 ? {} : { region: of.regions }),
      gpc: of.gpc,
      dnt: of.dnt,
      ...(of.categories === undefined ? {} : { categories: of.categories }),
      ...(of.gdpr === undefined ? {} : { gdpr_applies: of.gdpr }),
    },
    standing: { findings: of.standing },
    at: of.at,
    ...(of.subject === undefined ? {} : { subject: of.subject }),
  })
  return [...prepared.values()][0]!
}

/** Nothing in `more` that is not in `less`, and nothing finer. What the guard or the type stopped was granted. */
function assertNoMore(less: Prepared, more: Prepared, why: string): void {
  if (less.decision.kind === 'withhold') return
  ok(more.decision.kind === 'send', why)
  const [one, other] = [less.decision, more.decision]
  for (const name of FIELD_CLASSES) {
    if (name === 'property') continue
    ok(atMost(name, one.fields[name].level, other.fields[name].level), `${name}: ${why}`)
  }
  if (one.fields.property.level > 0)
    for (const [source, as] of Object.entries(one.properties)) {
      equal(other.properties[source], as, why)
      ok(other.fields.property.level > 0, why)
    }
  equal(one.as, other.as, why)
  for (const flag of Object.keys(one.flags) as (keyof typeof one.flags)[])
    ok(one.flags[flag] || !other.flags[flag], `${flag}: ${why}`)
}

test('a change said to be narrower never discloses more, to be wider never less, to be the same nothing else', () => {
  const seen: Record<Change, number> = { same: 0, narrower: 0, wider: 0, mixed: 0 }
  fc.assert(
    fc.property(
      change,
      fc.array(situation, { minLength: EVENTS, maxLength: EVENTS }),
      ({ before, after }, situations) => {
        const app = (world: World): AppPlan => ({
          id: APP,
          name: 'Messenger',
          writeKeys: ['key'],
          retiredKeys: [],
          consentCategories: world.categories,
        })
        const diff = diffPlans(
          { policy: before.policy, apps: [app(before)], contracts: [before.contract] },
          { policy: after.policy, apps: [app(after)], contracts: [after.contract] },
          { abilitiesOf: (type) => types.get(type)?.abilities, now: NOW },
        )
        seen[diff.change]++
        for (const one of situations) {
          const [was, is] = [prepare(before, one), prepare(after, one)]
          const why = `${wordsOfDiff(diff)}\n${JSON.stringify(one.standing)}`
          if (diff.change === 'same') {
            equal(is.kind === 'item' ? is.bytes : '', was.kind === 'item' ? was.bytes : '', why)
          } else if (diff.change === 'narrower') assertNoMore(is, was, why)
          else if (diff.change === 'wider') assertNoMore(was, is, why)
        }
      },
    ),
    { numRuns: RUNS },
  )
  for (const [name, count] of Object.entries(seen)) ok(count > RUNS / 50, `${name} was seen ${count} times only`)
})

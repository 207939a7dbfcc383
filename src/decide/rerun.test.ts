import { deepStrictEqual, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { contract } from '../../test/support/builders.ts'
import type { AppId, DisclosureId, EventRef, PartnerId, Revision } from '../model/brand.ts'
import { type IntentRecord, VERDICT_BITS } from '../model/disclosure.ts'
import { FIELD_CLASSES, type FieldClass, ipLevel, type Level } from '../model/field-class.ts'
import { DIMENSIONS, type Dimension } from '../model/signal.ts'
import type { Verdict } from '../model/verdict.ts'
import { decide } from './decide.ts'
import { rerunDecision } from './rerun.ts'
import { termsOf } from './terms.ts'

const AT = 1_700_000_000_000
const EVERYTHING = Object.fromEntries(FIELD_CLASSES.map((name) => [name, name === 'ip' ? ipLevel(32, 128) : 9]))
const terms = (share: object, limited: object) =>
  termsOf(
    contract({
      share,
      whenRestricted: { send: 'limited', share: limited },
      events: { Purchase: { as: 'p', properties: {} } },
    }),
    EVERYTHING,
    false,
  )
const NOW = terms(
  { advertising_id: 2, ip: ipLevel(24, 48), place: 4, coordinates: 5, email: 1, os: 2, user_agent: 2 },
  { ip: ipLevel(16, 32), place: 1, os: 1 },
)
const ACCEPTED = terms(
  { advertising_id: 1, ip: ipLevel(32, 128), place: 3, coordinates: 5, email: 1, os: 2, user_agent: 2 },
  { os: 2, place: 2, ip: ipLevel(32, 48) },
)

const dimension = fc.record({
  allowed: fc.boolean(),
  binding: fc.constantFrom('choice' as const, 'gpc' as const, 'regime' as const, 'not_opted_in' as const),
  onlyUnasked: fc.boolean(),
})
const verdicts: fc.Arbitrary<Verdict> = fc
  .record({
    dimensions: fc.tuple(dimension, dimension, dimension, dimension),
    limited: fc.boolean(),
    sensitive: fc.boolean(),
    countryOnly: fc.boolean(),
  })
  .map(({ dimensions, limited, sensitive, countryOnly }) => ({
    regime: 'us',
    band: 'adult',
    // Sound: one entry for each dimension, and those that are allowed were unasked by nobody.
    dimensions: Object.fromEntries(
      Object.keys(DIMENSIONS).map((name, i) => {
        const { allowed, binding, onlyUnasked } = dimensions[i]!
        return [
          name,
          { allowed, binding: allowed ? 'agreed' : binding, causes: [], onlyUnasked: !allowed && onlyUnasked },
        ]
      }),
    ) as unknown as Verdict['dimensions'],
    consent: { required: false, why: 'agreed', strings: undefined, categories: undefined },
    refusedPurposes: { bits: 0, why: 'agreed' },
    child: { blocked: false, why: 'child', contextual: false },
    deviceLimit: { limited, why: 'att' },
    sensitive: { limited: sensitive, why: 'sensitive' },
    countryOnly,
    withdrawal: false,
  }))

/** The INTENT of what was decided; undefined where nothing was to be sent. */
function recordOf(verdict: Verdict, finestCoarse: Level): IntentRecord | undefined {
  const decision = decide({
    accepted: ACCEPTED,
    now: NOW,
    app: NOW.contract.apps[0]!,
    eventKey: 'Purchase',
    verdict,
    finestCoarse,
    at: AT,
  })
  if (decision.kind === 'withhold') return undefined
  let bits = 0
  for (const name of Object.keys(DIMENSIONS) as Dimension[])
    if (verdict.dimensions[name].allowed) bits |= VERDICT_BITS[name]
  if (verdict.deviceLimit.limited) bits |= VERDICT_BITS.device_limited
  if (verdict.sensitive.limited) bits |= VERDICT_BITS.sensitive_limited
  if (verdict.countryOnly) bits |= VERDICT_BITS.country_only
  const levels = FIELD_CLASSES.flatMap((name): [FieldClass, Level][] =>
    decision.fields[name].level > 0 ? [[name, decision.fields[name].level]] : [],
  )
  return {
    kind: 'intent',
    time: AT,
    id: '019ab5c8-e07b-7c3a-9d2e-4f5061728394' as DisclosureId,
    app: NOW.contract.apps[0] as AppId,
    partner: 'acme' as PartnerId,
    event: decision.as,
    eventRef: '0'.repeat(32) as EventRef,
    revision: 2 as Revision,
    acceptedRevision: 1 as Revision,
    revisionDigest: '00000000',
    regime: 'us',
    why: decision.why,
    attempt: 1,
    role: 'third_party',
    purposes: [],
    countries: [],
    treatments: Object.fromEntries(levels),
    type: 'webhook',
    verdict: bits,
    epoch: 0,
    blind: '',
    commitment: '',
    bytes: 0,
  }
}

describe('a recorded disclosure, decided again', () => {
  test('comes out as it is on record, whatever the verdict was', () => {
    fc.assert(
      fc.property(verdicts, fc.nat({ max: 5 }), (verdict, finestCoarse) => {
        const record = recordOf(verdict, finestCoarse)
        if (record === undefined) return
        const { same, differences } = rerunDecision({ record, accepted: ACCEPTED, now: NOW, finestCoarse })
        deepStrictEqual([same, differences], [true, []])
      }),
      { numRuns: 500 },
    )
  })

  test('a record that says more left than the terms allow is told apart, field by field', () => {
    fc.assert(
      fc.property(verdicts, (verdict) => {
        const record = recordOf(verdict, 0)
        if (record === undefined) return
        const more = { ...record, treatments: { ...record.treatments, phone: 1, place: 4 } }
        const { same, differences } = rerunDecision({ record: more, accepted: ACCEPTED, now: NOW, finestCoarse: 0 })
        ok(!same)
        deepStrictEqual([...differences].sort(), ['phone', 'place'])
      }),
      { numRuns: 200 },
    )
  })

  test('without its revision, or with a contract that ended, it is not the same', () => {
    const record = { ...recordOf(fc.sample(verdicts, { numRuns: 50, seed: 1 }).find((one) => recordOf(one, 0))!, 0)! }
    for (const [accepted, now] of [
      [undefined, NOW],
      [ACCEPTED, undefined],
    ])
      ok(!rerunDecision({ record, accepted, now, finestCoarse: 0 }).same)
  })
})

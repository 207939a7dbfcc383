/**
 * Our decoders beside the IAB's own libraries, over random consents that those libraries wrote. `@iabgpp/cmpapi` and
 * `@iabtcf/core` are development dependencies for this alone.
 */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GppModel } from '@iabgpp/cmpapi'
import { TCModel, TCString } from '@iabtcf/core'
import fc from 'fast-check'
import { parseGpp } from '../../src/signals/gpp.ts'
import { US_SECTIONS, type UsSectionSpec } from '../../src/signals/gpp-sections.ts'
import { decodeUsSection } from '../../src/signals/gpp-us.ts'
import { parseTcString, type TcString } from '../../src/signals/tcf.ts'
import { parseTcfCanada } from '../../src/signals/tcf-canada.ts'
import { parseUsPrivacy } from '../../src/signals/us-privacy.ts'
import { canadian, encodeTcf, tcf, usFields } from '../support/consents.ts'

/** Consents a format: 20,000 in `npm run test:properties`, fewer in `npm test`. */
const CONSENTS = process.env.SLUICE_CASES === undefined ? 150 : 20_000
const parameters = { numRuns: CONSENTS }

/** A section as their library writes it: the text behind the header. */
function sectionOf(model: GppModel): string {
  const text = model.encode()
  return text.slice(text.indexOf('~') + 1)
}

describe('US sections of GPP, as @iabgpp/cmpapi writes and reads them', () => {
  for (const spec of US_SECTIONS) {
    const versions = Object.keys(spec.layouts).map(Number)
    for (const version of versions) {
      test(`${spec.name}, version ${version}`, () => {
        fc.assert(
          fc.property(usFields(spec, version), fc.constantFrom('none', 'no', 'yes'), (fields, segment) => {
            const model = new GppModel()
            const set = (name: string, value: unknown): void => model.setFieldValue(spec.name, name, value)
            if (!spec.hasHeader) set('Version', version)
            for (const [name, value] of Object.entries(fields)) set(name, value)
            writeSegment(spec, set, segment)
            const text = sectionOf(model)
            const decoded = decodeUsSection(spec, text)
            if (decoded.state !== 'valid') throw new Error(`${text}: ${decoded.state}`)
            const theirs = new GppModel(model.encode()).getSection(spec.name) as Readonly<Record<string, unknown>>
            const { MspaVersion: _, SensitiveDataProcessing: ours, ...rest } = decoded.value.fields
            for (const [name, value] of Object.entries(rest)) deepEqual(value, theirs[name], name)
            if (ours !== undefined) deepEqual(ours, theirs.SensitiveDataProcessing)
            equal(decoded.value.gpc, spec.segment === 'gpc' && segment !== 'none' ? segment === 'yes' : undefined)
          }),
          parameters,
        )
      })
    }
  }
})

function writeSegment(
  { segment }: UsSectionSpec,
  set: (name: string, value: unknown) => void,
  said: 'none' | 'no' | 'yes',
): void {
  if (segment === 'gpc') {
    set('GpcSegmentIncluded', said !== 'none')
    set('Gpc', said === 'yes')
  }
  if (segment === 'sensitive') {
    set('SensitiveDataConsentSegmentIncluded', said !== 'none')
    set(
      'SensitiveDataProcessing',
      Array.from({ length: 8 }, (_, index) => (said === 'yes' ? index % 3 : 0)),
    )
  }
}

test('the header of GPP, as @iabgpp/cmpapi writes it', () => {
  const names = ['uspv1', ...US_SECTIONS.map(({ name }) => name)]
  const idsByName = new Map([['uspv1', 6], ...US_SECTIONS.map(({ name, id }) => [name, id] as const)])
  fc.assert(
    fc.property(fc.subarray(names, { minLength: 1 }), (chosen) => {
      const model = new GppModel()
      for (const name of chosen)
        model.setFieldValue(name, name === 'uspv1' ? 'OptOutSale' : 'SaleOptOut', name === 'uspv1' ? 'N' : 2)
      const parsed = parseGpp(model.encode())
      if (parsed.state !== 'valid') throw new Error(parsed.state)
      deepEqual(
        parsed.value.sectionIds,
        chosen.map((name) => idsByName.get(name)).sort((a, b) => a! - b!),
      )
      for (const name of chosen) equal(parsed.value.sections.get(idsByName.get(name)!), model.encodeSection(name))
    }),
    parameters,
  )
})

test('US Privacy inside GPP', () => {
  const answer = fc.constantFrom('Y', 'N', '-')
  const shown = (value: boolean | undefined): string => (value === undefined ? '-' : value ? 'Y' : 'N')
  fc.assert(
    fc.property(answer, answer, answer, (notice, optOut, lspa) => {
      const model = new GppModel()
      model.setFieldValue('uspv1', 'Notice', notice)
      model.setFieldValue('uspv1', 'OptOutSale', optOut)
      model.setFieldValue('uspv1', 'LspaCovered', lspa)
      const parsed = parseUsPrivacy(sectionOf(model))
      if (parsed.state !== 'valid') throw new Error(parsed.state)
      const { noticeGiven, optedOutOfSale, lspaCovered } = parsed.value
      deepEqual([noticeGiven, optedOutOfSale, lspaCovered].map(shown), [notice, optOut, lspa])
    }),
    parameters,
  )
})

const bitsOf = (flags: readonly boolean[]): number =>
  flags.reduce((bits, flag, index) => (flag ? bits | (1 << index) : bits), 0)
const numbersOf = (vector: { forEach(see: (value: boolean, id: number) => void): void }): number[] => {
  const found: number[] = []
  vector.forEach((value, id) => {
    if (value) found.push(id)
  })
  return found
}
const asBits = (numbers: readonly number[]): number => numbers.reduce((bits, number) => bits | (1 << (number - 1)), 0)

test('IAB Canada’s section, as @iabgpp/cmpapi writes and reads it', () => {
  let large = 0
  fc.assert(
    fc.property(canadian, (drawn) => {
      const model = new GppModel()
      for (const [name, value] of Object.entries(drawn)) model.setFieldValue('tcfcav1', name, value)
      const parsed = parseTcfCanada(sectionOf(model))
      if (parsed.state !== 'valid') throw new Error(`${model.encode()}: ${parsed.state}`)
      const theirs = new GppModel(model.encode()).getSection('tcfcav1') as Readonly<Record<string, never>>
      const ours = parsed.value
      deepEqual(ours.vendorConsents.ids(), theirs.VendorExpressConsent)
      deepEqual(ours.vendorLegitimateInterests.ids(), theirs.VendorImpliedConsent)
      deepEqual(ours.purposesConsent, bitsOf(theirs.PurposesExpressConsent!))
      deepEqual(ours.purposesLegitimateInterest, bitsOf(theirs.PurposesImpliedConsent!))
      deepEqual(ours.specialFeatures, bitsOf(theirs.SpecialFeatureExpressConsent!))
      deepEqual(
        [ours.cmpId, ours.cmpVersion, ours.vendorListVersion, ours.policyVersion],
        [theirs.CmpId, theirs.CmpVersion, theirs.VendorListVersion, theirs.TcfPolicyVersion],
      )
      deepEqual(ours.disclosedVendors?.ids() ?? [], theirs.DisclosedVendors ?? [])
      if (ours.vendorConsents.ids().length > 100) large++
    }),
    parameters,
  )
  ok(large > 0, 'long lists of vendors occur')
})

test('TC strings, as @iabtcf/core writes and reads them', () => {
  let ranges = 0
  fc.assert(
    fc.property(tcf, (drawn) => {
      const text = encodeTcf(drawn)
      const parsed = parseTcString(text)
      if (parsed.state !== 'valid') throw new Error(`${text}: ${parsed.state}`)
      compare(parsed.value, TCString.decode(text, new TCModel()))
      if (drawn.vendors.length > 100) ranges++
    }),
    parameters,
  )
  ok(ranges > 0, 'ranges of vendors occur')
})

function compare(ours: TcString, theirs: TCModel): void {
  deepEqual(ours.vendorConsents.ids(), numbersOf(theirs.vendorConsents))
  deepEqual(ours.vendorLegitimateInterests.ids(), numbersOf(theirs.vendorLegitimateInterests))
  deepEqual(ours.disclosedVendors?.ids(), numbersOf(theirs.vendorsDisclosed))
  equal(ours.purposesConsent, asBits(numbersOf(theirs.purposeConsents)))
  equal(ours.purposesLegitimateInterest, asBits(numbersOf(theirs.purposeLegitimateInterests)))
  equal(ours.specialFeatures, asBits(numbersOf(theirs.specialFeatureOptins)))
  deepEqual(
    [
      ours.cmpId,
      ours.cmpVersion,
      ours.consentScreen,
      ours.policyVersion,
      ours.isServiceSpecific,
      ours.purposeOneTreatment,
      ours.publisherCountry,
      ours.consentLanguage,
    ],
    [
      theirs.cmpId,
      theirs.cmpVersion,
      theirs.consentScreen,
      theirs.policyVersion,
      theirs.isServiceSpecific,
      theirs.purposeOneTreatment,
      theirs.publisherCountryCode,
      theirs.consentLanguage,
    ],
  )
  equal(ours.created, theirs.created.getTime())
  const restricted = (purpose: number, type: number): number[] =>
    ours.publisherRestrictions
      .filter((one) => one.purpose === purpose && one.type === type)
      .flatMap(({ vendors }) =>
        vendors.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, index) => first + index)),
      )
      .sort((a, b) => a - b)
  for (const restriction of theirs.publisherRestrictions.getRestrictions()) {
    deepEqual(
      restricted(restriction.purposeId, restriction.restrictionType),
      theirs.publisherRestrictions.getVendors(restriction),
    )
  }
}

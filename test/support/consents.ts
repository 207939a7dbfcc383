/** Random consents, and the IAB's encoders to write them. */
import { PurposeRestriction, Segment, SegmentEncoder, TCModel } from '@iabtcf/core'
import fc from 'fast-check'
import type { UsSectionSpec } from '../../src/signals/gpp-sections.ts'

const ids = (max: number, most: number): fc.Arbitrary<number[]> =>
  fc.uniqueArray(fc.integer({ min: 1, max }), { maxLength: most })

/** Single ids and runs of neighbours: bit fields and ranges both occur. */
export const vendors: fc.Arbitrary<number[]> = fc
  .tuple(
    ids(2_000, 30),
    fc.option(fc.tuple(fc.integer({ min: 1, max: 1_500 }), fc.integer({ min: 1, max: 300 })), { nil: undefined }),
  )
  .map(([single, run]) => {
    const runs = run === undefined ? [] : Array.from({ length: run[1] }, (_, index) => run[0] + index)
    return [...new Set([...single, ...runs])].sort((a, b) => a - b)
  })

export interface DrawnTcf {
  readonly created: number
  readonly cmpId: number
  readonly policyVersion: number
  readonly isServiceSpecific: boolean
  readonly purposeOneTreatment: boolean
  readonly features: readonly number[]
  readonly purposes: readonly number[]
  readonly interests: readonly number[]
  readonly vendors: readonly number[]
  readonly vendorInterests: readonly number[]
  readonly disclosed: readonly number[]
  readonly restrictions: readonly { readonly purpose: number; readonly type: number; readonly vendor: number }[]
}

/** Their library refuses CMP ids below 2. */
export const tcf: fc.Arbitrary<DrawnTcf> = fc.record({
  created: fc
    .integer({ min: Date.UTC(2020, 0, 1) / 86_400_000, max: Date.UTC(2026, 5, 1) / 86_400_000 })
    .map((day) => day * 86_400_000),
  cmpId: fc.integer({ min: 2, max: 4_095 }),
  policyVersion: fc.constantFrom(2, 4, 5),
  isServiceSpecific: fc.boolean(),
  purposeOneTreatment: fc.boolean(),
  features: ids(12, 12),
  purposes: ids(24, 24),
  interests: ids(24, 24),
  vendors,
  vendorInterests: vendors,
  disclosed: vendors,
  restrictions: fc.uniqueArray(
    fc.record({
      purpose: fc.integer({ min: 2, max: 10 }),
      type: fc.integer({ min: 0, max: 2 }),
      vendor: fc.integer({ min: 1, max: 60 }),
    }),
    { maxLength: 12, selector: ({ purpose, vendor }) => `${purpose} ${vendor}` },
  ),
})
/**
 * Written segment by segment: their whole-string encoder takes away whatever a vendor list does not know, and this one
 * has no list.
 */
export function encodeTcf(drawn: DrawnTcf): string {
  const model = new TCModel()
  model.cmpId = drawn.cmpId
  model.cmpVersion = 7
  model.consentScreen = 3
  model.policyVersion = drawn.policyVersion
  model.isServiceSpecific = drawn.isServiceSpecific
  model.purposeOneTreatment = drawn.purposeOneTreatment
  model.publisherCountryCode = 'DE'
  model.created = new Date(drawn.created)
  model.lastUpdated = new Date(drawn.created)
  model.specialFeatureOptins.set([...drawn.features])
  model.purposeConsents.set([...drawn.purposes])
  model.purposeLegitimateInterests.set([...drawn.interests])
  model.vendorConsents.set([...drawn.vendors])
  model.vendorLegitimateInterests.set([...drawn.vendorInterests])
  model.vendorsDisclosed.set([...drawn.disclosed])
  // Sound: their encoder of restrictions asks a vendor list for one thing, which ids there are.
  Object.assign(model.publisherRestrictions, {
    gvl_: { vendorIds: new Set(Array.from({ length: 2_100 }, (_, index) => index + 1)), vendors: everyVendor() },
  })
  for (const { purpose, type, vendor } of drawn.restrictions)
    model.publisherRestrictions.add(vendor, new PurposeRestriction(purpose, type))
  return `${SegmentEncoder.encode(model, Segment.CORE)}.${SegmentEncoder.encode(model, Segment.VENDORS_DISCLOSED)}`
}

function everyVendor(): object {
  const every = Array.from({ length: 10 }, (_, index) => index + 1)
  return Object.fromEntries(
    Array.from({ length: 100 }, (_, index) => [
      index + 1,
      { purposes: every, legIntPurposes: every, flexiblePurposes: every },
    ]),
  )
}

const flags = (count: number): fc.Arbitrary<boolean[]> => fc.array(fc.boolean(), { minLength: count, maxLength: count })

/** Fields of IAB Canada's section, by their names. */
export const canadian = fc.record({
  CmpId: fc.integer({ min: 0, max: 4_095 }),
  CmpVersion: fc.integer({ min: 0, max: 4_095 }),
  VendorListVersion: fc.integer({ min: 0, max: 4_095 }),
  TcfPolicyVersion: fc.integer({ min: 0, max: 63 }),
  SpecialFeatureExpressConsent: flags(12),
  PurposesExpressConsent: flags(24),
  PurposesImpliedConsent: flags(24),
  VendorExpressConsent: vendors,
  VendorImpliedConsent: vendors,
  DisclosedVendors: vendors,
})

/** Fields of a US section, by our layout: the names and numbers are what is compared. */
export function usFields({ layouts }: UsSectionSpec, version: number): fc.Arbitrary<Record<string, number | number[]>> {
  const two = fc.integer({ min: 0, max: 2 })
  const fields = layouts[version]!.split(' ').map((field) => {
    const [name = '', count] = field.split(':')
    if (count !== undefined)
      return [name, fc.array(two, { minLength: Number(count), maxLength: Number(count) })] as const
    // Whether a transaction is covered is never "not applicable".
    return [name, name === 'MspaCoveredTransaction' ? fc.integer({ min: 1, max: 2 }) : two] as const
  })
  return fc.record(Object.fromEntries(fields)) as fc.Arbitrary<Record<string, number | number[]>>
}

/** TC strings: their fields, what is no TC string, and the rule of version 2.3. */

import { parseTcString, type TcString } from '../../src/signals/tcf.ts'
import { checkTcString } from '../../src/signals/tcf-consent.ts'
import { writeTcString } from './consent-strings.ts'
import { at, type Bench, canonical, equal, type Judge, permission, refusal, refusedByUs, textAt } from './judgement.ts'
import { deniesAdvertising, verdictFor } from './verdicts.ts'

/** `tc_string`: every core field; whether it still counts is another question. */
export const judgeTcString: Judge = ({ input, expected }, bench) => {
  const parsed = parseTcString(String(input))
  if (parsed.state !== 'valid')
    return [refusedByUs(denies(String(input), bench), parsed.state === 'invalid' ? parsed.why : 'absent')]
  const ours = shown(parsed.value)
  return Object.entries(expected as object).map(([name, value]) =>
    name === 'publisherRestrictions'
      ? equal(name, unordered(ours[name]), unordered(value))
      : equal(name, ours[name], value),
  )
}

/** `tc_invalid`: refused as no TC string, not merely as an old one. */
export const judgeBrokenTcString: Judge = ({ input }) => [
  refusal({ valid: parseTcString(String(input)).state === 'valid', denies: false }),
]

/** `tcf23_valid`: strings from March 2026 on need the disclosed vendors; here always, `strict` or not. */
export const judgeDisclosedRule: Judge = ({ input, expected }) => {
  const [created, lastUpdated] = [Date.parse(textAt(input, 'created')), Date.parse(textAt(input, 'lastUpdated'))]
  const disclosed = (at(input, 'disclosedVendors') ?? []) as readonly number[]
  const text = writeTcString({
    version: Number(at(input, 'version')),
    created,
    lastUpdated,
    purposes: [1],
    vendors: [1],
    // The source's own notation: no vendors stands for no segment.
    ...(disclosed.length === 0 ? {} : { disclosed }),
  })
  const parsed = parseTcString(text)
  const counts = parsed.state === 'valid' && checkTcString(parsed.value, lastUpdated).state === 'valid'
  return [permission('valid', counts, at(expected, 'valid') === true)]
}

function denies(text: string, bench: Bench): boolean {
  return deniesAdvertising(verdictFor({ country: ['DE'], tcf: [text] }, bench))
}

/** The fields under the names that records use. */
function shown(tc: TcString): Readonly<Record<string, unknown>> {
  return {
    version: tc.version,
    created: new Date(tc.created).toISOString(),
    lastUpdated: new Date(tc.lastUpdated).toISOString(),
    cmpId: tc.cmpId,
    cmpVersion: tc.cmpVersion,
    consentScreen: tc.consentScreen,
    consentLanguage: tc.consentLanguage,
    vendorListVersion: tc.vendorListVersion,
    tcfPolicyVersion: tc.policyVersion,
    isServiceSpecific: tc.isServiceSpecific,
    useNonStandardTexts: tc.useNonStandardTexts,
    specialFeatureOptIns: numbers(tc.specialFeatures),
    purposesConsent: numbers(tc.purposesConsent),
    purposesLITransparency: numbers(tc.purposesLegitimateInterest),
    purposeOneTreatment: tc.purposeOneTreatment,
    publisherCC: tc.publisherCountry,
    vendorConsents: tc.vendorConsents.ids(),
    vendorLegitimateInterests: tc.vendorLegitimateInterests.ids(),
    publisherRestrictions: tc.publisherRestrictions.map(({ purpose, type, vendors }) => ({
      purposeId: purpose,
      restrictionType: type,
      vendorIds: vendors.flatMap(([first, last]) =>
        Array.from({ length: last - first + 1 }, (_, index) => first + index),
      ),
    })),
    disclosedVendors: tc.disclosedVendors?.ids() ?? null,
    segmentTypes: tc.segmentTypes,
  }
}

/** Restrictions in whatever order, each with its vendors once. */
function unordered(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : []
  return list
    .map((one) => {
      const vendors = (at(one, 'vendorIds') ?? []) as readonly number[]
      return canonical([at(one, 'purposeId'), at(one, 'restrictionType'), [...new Set(vendors)].sort((a, b) => a - b)])
    })
    .sort()
}

function numbers(bits: number): number[] {
  return Array.from({ length: 24 }, (_, index) => index + 1).filter((number) => (bits & (1 << (number - 1))) !== 0)
}

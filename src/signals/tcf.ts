/**
 * IAB Europe's TC string, versions 2.0 to 2.3: bits to fields, without interpretation (IAB Tech Lab, "Consent string and
 * vendor list formats v2"). `tcf-consent.ts` derives what a string permits.
 *
 * Stricter than `@iabtcf/core`: every byte must be accounted for. A truncated string, a range with vendor 0 or a vendor above
 * the maximum, an unknown or repeated segment, and non-zero bits after the last field are malformed. More lenient in one point:
 * CMP id 0 is accepted (that library throws; prebid-server, go-gdpr and the specification do not).
 */
import type { EpochMs } from '../model/brand.ts'
import { ABSENT, invalid, type Signal, valid } from '../model/signal.ts'
import { type BitReader, readBits } from './bits.ts'
import type { IdSet } from './id-set.ts'
import { type IdRange, readRanges, readVendorIds } from './vendor-ids.ts'

/** Longer strings are not decoded. Real ones have at most a few thousand characters. */
export const MAX_TC_CHARACTERS = 16_384

/** 0 not allowed, 1 consent required, 2 legitimate interest required; 3 is undefined and read as 0. */
export type RestrictionType = 0 | 1 | 2 | 3
export interface PublisherRestriction {
  /** 1 to 63. */
  readonly purpose: number
  readonly type: RestrictionType
  readonly vendors: readonly IdRange[]
}

/** Sets of purposes and features are bits: number n is bit n-1. */
export interface TcString {
  readonly version: number
  readonly created: EpochMs
  readonly lastUpdated: EpochMs
  readonly cmpId: number
  readonly cmpVersion: number
  readonly consentScreen: number
  readonly consentLanguage: string
  readonly vendorListVersion: number
  readonly policyVersion: number
  readonly isServiceSpecific: boolean
  readonly useNonStandardTexts: boolean
  readonly specialFeatures: number
  readonly purposesConsent: number
  readonly purposesLegitimateInterest: number
  readonly purposeOneTreatment: boolean
  readonly publisherCountry: string
  readonly vendorConsents: IdSet
  readonly vendorLegitimateInterests: IdSet
  readonly publisherRestrictions: readonly PublisherRestriction[]
  /** Undefined if the segment is absent, which from version 2.3 on is an error. */
  readonly disclosedVendors: IdSet | undefined
  /** 0 core, 1 disclosed vendors, 2 allowed vendors (retired), 3 publisher; in string order. */
  readonly segmentTypes: readonly number[]
}

export function parseTcString(text: string | undefined): Signal<TcString> {
  if (text === undefined || text === '') return ABSENT
  if (text.length > MAX_TC_CHARACTERS) return invalid('longer than a consent string can be')
  const [core = '', ...others] = text.split('.')
  if (others.length > 3) return invalid('more segments than there are kinds')
  const bits = readBits(core)
  if (bits === undefined) return invalid('not base64url')
  const version = bits.int(6)
  if (version !== 2) return invalid('version is not 2')
  const fields = readCore(bits)
  if (bits.failed) return invalid('cut short, or with a list that cannot be')
  if (!bits.onlyPaddingLeft()) return invalid('data after the last field')

  const segmentTypes = [0]
  let disclosedVendors: IdSet | undefined
  for (const segment of others) {
    const reader = readBits(segment)
    if (reader === undefined) return invalid('a segment is not base64url')
    const type = reader.int(3)
    if (type < 1 || type > 3 || segmentTypes.includes(type)) return invalid('an unknown or repeated segment')
    segmentTypes.push(type)
    if (type === 3) skipPublisherPurposes(reader)
    else if (type === 1) disclosedVendors = readVendorIds(reader)
    else readVendorIds(reader)
    if (reader.failed || !reader.onlyPaddingLeft()) return invalid('a segment is cut short or has data after its end')
  }
  return valid({ version, ...fields, disclosedVendors, segmentTypes })
}

function readCore(bits: BitReader): Omit<TcString, 'version' | 'disclosedVendors' | 'segmentTypes'> {
  // Calls are in bit order.
  return {
    ...readHead(bits),
    isServiceSpecific: bits.bool(),
    useNonStandardTexts: bits.bool(),
    specialFeatures: readNumbered(bits, 12),
    purposesConsent: readNumbered(bits, 24),
    purposesLegitimateInterest: readNumbered(bits, 24),
    purposeOneTreatment: bits.bool(),
    publisherCountry: readLetters(bits),
    vendorConsents: readVendorIds(bits),
    vendorLegitimateInterests: readVendorIds(bits),
    publisherRestrictions: readRestrictions(bits, readRanges),
  }
}

/** The common start of both kinds of string, after the version. Calls are in bit order. */
export function readHead(bits: BitReader) {
  return {
    created: bits.int(36) * 100,
    lastUpdated: bits.int(36) * 100,
    cmpId: bits.int(12),
    cmpVersion: bits.int(12),
    consentScreen: bits.int(6),
    consentLanguage: readLetters(bits),
    vendorListVersion: bits.int(12),
    policyVersion: bits.int(6),
  }
}

/** Two letters of six bits, A = 0. */
function readLetters(bits: BitReader): string {
  return String.fromCharCode(65 + bits.int(6), 65 + bits.int(6))
}

/** `count` bits, at most 30, the first of which is number 1; number n becomes bit n-1. */
export function readNumbered(bits: BitReader, count: number): number {
  const written = bits.int(count)
  let found = 0
  for (let index = 0; index < count; index++) found |= ((written >>> (count - 1 - index)) & 1) << index
  return found
}

/** @param ranges reads the vendors of one restriction */
export function readRestrictions(
  bits: BitReader,
  ranges: (bits: BitReader) => readonly IdRange[],
): PublisherRestriction[] {
  const count = bits.int(12)
  if (count * 20 > bits.left) bits.fail()
  const restrictions: PublisherRestriction[] = []
  for (let index = 0; index < count && !bits.failed; index++) {
    const purpose = bits.int(6)
    if (purpose === 0) bits.fail()
    // Sound: two bits.
    const type = bits.int(2) as RestrictionType
    restrictions.push({ purpose, type, vendors: ranges(bits) })
  }
  return restrictions
}

/** The publisher's own purposes do not affect disclosure, but must be well formed. */
export function skipPublisherPurposes(bits: BitReader): void {
  bits.int(24)
  bits.int(24)
  const custom = bits.int(6)
  bits.words(custom * 2)
}

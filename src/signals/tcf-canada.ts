/**
 * IAB Canada's TCF section of GPP (section 5, version 1), read into the shape of a TC string: express consent in place of
 * consent, implied consent in place of legitimate interest (IAB Canada TCF technical specification). Purpose 1 is not used.
 *
 * Vendor lists come in three encodings: Fibonacci ranges after a maximum (`@iabgpp/cmpapi` since 3.2), fixed 16-bit ranges (that
 * library before), and Fibonacci ranges without a maximum (the GPP specification). The first encoding that accounts for every
 * bit wins.
 */
import { invalid, type Signal, valid } from '../model/signal.ts'
import { type BitReader, readBits } from './bits.ts'
import { addRange, type IdSet, idSetOf } from './id-set.ts'
import { readHead, readNumbered, readRestrictions, skipPublisherPurposes, type TcString } from './tcf.ts'
import { type IdRange, readRanges, readRangesFibonacci, readVendorIds, readVendorIdsFibonacci } from './vendor-ids.ts'

interface Encoding {
  readonly vendors: (bits: BitReader) => IdSet
  readonly restricted: (bits: BitReader) => readonly IdRange[]
}
const MAX_ID = 65_535
const ENCODINGS: readonly Encoding[] = [
  { vendors: readVendorIdsFibonacci, restricted: (bits) => asRanges(readVendorIdsFibonacci(bits)) },
  { vendors: readVendorIds, restricted: readRanges },
  { vendors: readOptimizedRange, restricted: (bits) => asRanges(readOptimizedRange(bits)) },
]

export function parseTcfCanada(text: string): Signal<TcString> {
  const [core = '', ...others] = text.split('.')
  if (others.length > 2) return invalid('more segments than there are kinds')
  const bits = readBits(core)
  if (bits === undefined) return invalid('not base64url')
  if (bits.int(6) !== 1) return invalid('version is not 1')
  let found: TcString | undefined
  for (const encoding of ENCODINGS) {
    found ??= readCore(bits.again(), encoding)
  }
  if (found === undefined) return invalid('cut short, or with a list that cannot be')

  const segmentTypes = [0]
  let disclosedVendors: IdSet | undefined
  for (const segment of others) {
    const reader = readBits(segment)
    const type = reader?.int(3)
    if (reader === undefined || (type !== 1 && type !== 3) || segmentTypes.includes(type)) {
      return invalid('an unknown or repeated segment')
    }
    segmentTypes.push(type)
    if (type === 1) {
      disclosedVendors = readDisclosed(reader)
      if (disclosedVendors === undefined) return invalid('the disclosed vendors are cut short')
    } else {
      skipPublisherPurposes(reader)
      if (reader.failed || !reader.onlyPaddingLeft()) return invalid('the publisher segment is cut short')
    }
  }
  return valid({ ...found, disclosedVendors, segmentTypes })
}

function readCore(bits: BitReader, { vendors, restricted }: Encoding): TcString | undefined {
  // Calls are in bit order.
  const core: TcString = {
    version: bits.int(6),
    ...readHead(bits),
    isServiceSpecific: true,
    useNonStandardTexts: bits.bool(),
    specialFeatures: readNumbered(bits, 12),
    purposesConsent: readNumbered(bits, 24),
    purposesLegitimateInterest: readNumbered(bits, 24),
    purposeOneTreatment: false,
    publisherCountry: 'CA',
    vendorConsents: vendors(bits),
    vendorLegitimateInterests: vendors(bits),
    // Absent in early strings of this section: only padding follows.
    publisherRestrictions: bits.left < 12 ? [] : readRestrictions(bits, restricted),
    disclosedVendors: undefined,
    segmentTypes: [0],
  }
  return bits.failed || !bits.onlyPaddingLeft() ? undefined : core
}

function readDisclosed(start: BitReader): IdSet | undefined {
  for (const { vendors } of ENCODINGS) {
    const bits = start.again()
    bits.int(3)
    const disclosed = vendors(bits)
    if (!bits.failed && bits.onlyPaddingLeft()) return disclosed
  }
  return undefined
}

/** GPP's OptimizedRange by its specification: one bit, then Fibonacci ranges or a length and a bit field. */
function readOptimizedRange(bits: BitReader): IdSet {
  if (!bits.bool()) return idSetOf(bits.words(bits.int(16)))
  const ranges = readRangesFibonacci(bits, MAX_ID)
  const words = new Uint32Array(Math.ceil((ranges.at(-1)?.[1] ?? 0) / 32))
  for (const [first, last] of ranges) addRange(words, first, last)
  return idSetOf(words)
}

function asRanges(ids: IdSet): IdRange[] {
  return ids.ids().map((id) => [id, id])
}

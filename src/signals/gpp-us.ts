/**
 * Decodes one US section of a GPP string (ids 7 to 27) by its layout, without interpretation.
 *
 * Differences from `@iabgpp/cmpapi`, which a test compares it with: an absent GPC segment is not read as "no"; Maryland,
 * Indiana, Kentucky and Rhode Island are read with the section header their specifications require, and without it, as that
 * library writes them; version 1 of the national section is told from version 2 by its version and data, never by length alone;
 * unknown versions and trailing data are malformed. A field that holds the undefined value 3 decodes here and denies in
 * `gpp-meaning.ts`.
 */
import { invalid, type Signal, valid } from '../model/signal.ts'
import { type BitReader, readBits } from './bits.ts'
import { NATIONAL_LONG_LAYOUT, US_SECTIONS, type UsSectionSpec } from './gpp-sections.ts'
import { readRangesFibonacci } from './vendor-ids.ts'

/** 0 not applicable; opt-outs: 1 opted out, 2 did not; notices: 1 given, 2 not given; consents: 1 no, 2 yes. */
export type UsFields = Readonly<Record<string, number | readonly number[]>>

export interface UsSection {
  readonly spec: UsSectionSpec
  readonly version: number
  readonly fields: UsFields
  /** The section's Global Privacy Control; undefined if the segment is absent. */
  readonly gpc: boolean | undefined
}

const NATIONAL = 7
const LIST = 'SensitiveDataProcessing'

/** Undefined if the id is not a US section. */
export function usSectionSpec(id: number): UsSectionSpec | undefined {
  return US_SECTIONS.find((spec) => spec.id === id)
}

export function decodeUsSection(spec: UsSectionSpec, text: string): Signal<UsSection> {
  const segments = text.split('.')
  if (segments.length > 4) return invalid('more segments than there are kinds')
  const readers: BitReader[] = []
  for (const segment of segments) {
    const reader = readBits(segment)
    if (reader === undefined || segment === '') return invalid('a segment is empty or not base64url')
    readers.push(reader)
  }
  const [first, ...others] = readers
  const start = first!.int(6)
  if (spec.hasHeader && start === spec.id) return decodeBehindHeader(spec, first!, others)
  return decodeSegments(spec, start, first!, others)
}

/** Section id (6), version (6), ids of the optional subsections (the core, 0, is always present and never listed). */
function decodeBehindHeader(spec: UsSectionSpec, header: BitReader, readers: readonly BitReader[]): Signal<UsSection> {
  const version = header.int(6)
  const listed = readRangesFibonacci(header, 1)
  if (header.failed || !header.onlyPaddingLeft()) return invalid('the section header is malformed')
  const [core, ...others] = readers
  if (core === undefined || others.length !== listed.length)
    return invalid('the section header lists other subsections')
  const mspaVersion = core.int(6)
  const decoded = decodeSegments(spec, version, core, others)
  if (decoded.state !== 'valid') return decoded
  return valid({ ...decoded.value, fields: { ...decoded.value.fields, MspaVersion: mspaVersion } })
}

function decodeSegments(
  spec: UsSectionSpec,
  version: number,
  core: BitReader,
  others: readonly BitReader[],
): Signal<UsSection> {
  const layout = spec.layouts[version]
  if (layout === undefined) return invalid('an unknown version')
  const fields: Record<string, number | readonly number[]> = readFields(
    core,
    layout,
    spec.hasHeader ? 'MspaVersion' : 'Version',
    version,
  )
  if (core.failed) return invalid('cut short')
  let complete: UsFields = fields
  if (!core.onlyPaddingLeft()) {
    // Trailing data in version 1 means the newer lengths, which some encoders write under version 1: the field that is
    // never 0 is then where version 1 has padding.
    if (spec.id !== NATIONAL || version !== 1) return invalid('data after the last field')
    const again = core.again()
    again.int(6)
    complete = readFields(again, NATIONAL_LONG_LAYOUT, 'Version', version)
    if (again.failed || !again.onlyPaddingLeft()) return invalid('data after the last field')
  }
  let gpc: boolean | undefined
  for (const reader of others) {
    if (spec.segment === 'sensitive') {
      if (complete[LIST] !== undefined) return invalid('a repeated segment')
      complete = { ...complete, [LIST]: readList(reader, 8) }
    } else {
      if (gpc !== undefined || reader.int(2) !== 1) return invalid('an unknown or repeated segment')
      gpc = reader.bool()
    }
    if (reader.failed || !reader.onlyPaddingLeft()) return invalid('a segment is cut short or has data after its end')
  }
  return valid({ spec, version, fields: complete, gpc })
}

function readFields(
  bits: BitReader,
  layout: string,
  versionName: string,
  version: number,
): Record<string, number | readonly number[]> {
  const fields: Record<string, number | readonly number[]> = { [versionName]: version }
  for (const field of layout.split(' ')) {
    const colon = field.indexOf(':')
    if (colon < 0) fields[field] = bits.int(2)
    else fields[field.slice(0, colon)] = readList(bits, Number(field.slice(colon + 1)))
  }
  return fields
}

function readList(bits: BitReader, count: number): number[] {
  return Array.from({ length: count }, () => bits.int(2))
}

/** GPP strings, their sections, and what they say of sale. */
import { SALE } from '../../src/model/signal.ts'
import { parseGpp, parseSectionList } from '../../src/signals/gpp.ts'
import { findGpp } from '../../src/signals/gpp-findings.ts'
import { decodeUsSection, usSectionSpec } from '../../src/signals/gpp-us.ts'
import { parseUsPrivacy } from '../../src/signals/us-privacy.ts'
import {
  at,
  type Bench,
  canonical,
  equal,
  type Field,
  type Judge,
  refusal,
  refusedByUs,
  restriction,
  textAt,
} from './judgement.ts'
import { deniesAdvertising, PLAIN_STATE, verdictFor } from './verdicts.ts'

/** `gpp_section`: every field of a section. */
export const judgeSection: Judge = ({ input, expected }, bench) => {
  const [id, text] = [Number(at(input, 'sectionId')), textAt(input, 'value')]
  const spec = usSectionSpec(id)
  const decoded = spec === undefined ? undefined : decodeUsSection(spec, text)
  if (decoded?.state !== 'valid')
    return [refusedByUs(sectionDenies(id, text, bench), decoded?.state === 'invalid' ? decoded.why : 'unknown')]
  const { fields, gpc } = decoded.value
  const ours: Readonly<Record<string, unknown>> = {
    ...fields,
    GpcSegmentIncluded: gpc !== undefined,
    ...(gpc === undefined ? {} : { Gpc: gpc }),
  }
  return Object.entries(expected as object).map(([name, value]) => equal(name, ours[name], value))
}

/** `gpp_section_invalid`. */
export const judgeBrokenSection: Judge = ({ input }, bench) => {
  const [id, text] = [Number(at(input, 'sectionId')), textAt(input, 'value')]
  const spec = usSectionSpec(id)
  const valid =
    spec === undefined ? parseUsPrivacy(text).state === 'valid' : decodeUsSection(spec, text).state === 'valid'
  return [refusal({ valid, denies: sectionDenies(id, text, bench) })]
}

function sectionDenies(id: number, text: string, bench: Bench): boolean {
  return deniesAdvertising(verdictFor({ ...PLAIN_STATE, gpp_section: [`${id}~${text}`] }, bench))
}

/** `gpp_string`: version, section ids, the raw text of each section. */
export const judgeString: Judge = ({ input, expected }, bench) => {
  const parsed = parseGpp(String(input))
  if (parsed.state !== 'valid')
    return [refusedByUs(stringDenies(String(input), bench), parsed.state === 'invalid' ? parsed.why : 'absent')]
  const { version, sectionIds, sections } = parsed.value
  return [
    equal('version', version, at(expected, 'version')),
    equal('sectionIds', sectionIds, at(expected, 'sectionIds')),
    equal('sections', Object.fromEntries(sections), at(expected, 'sections')),
  ]
}

/** `gpp_string_invalid`: the header, or a section in it. */
export const judgeBrokenString: Judge = ({ input }, bench) => {
  const text = String(input)
  return [refusal({ valid: parseGpp(text).state === 'valid', denies: text === '' || stringDenies(text, bench) })]
}

function stringDenies(text: string, bench: Bench): boolean {
  return deniesAdvertising(verdictFor({ ...PLAIN_STATE, gpp: [text] }, bench))
}

/** `gpp_sid_list`. */
export const judgeList: Judge = ({ input, expected }) => {
  const ours = parseSectionList(String(input))?.ids ?? []
  const wanted = (at(expected, 'ids') ?? []) as readonly number[]
  // One more section in force can only deny more.
  const holdsAll = wanted.every((id) => ours.includes(id))
  const relation = canonical(ours) === canonical(wanted) ? 'same' : holdsAll ? 'stricter' : 'different'
  return [{ name: 'ids', relation, ours, expected: wanted }]
}

/** `gpp_us_sale_opt_out`: true, false, or null where no US section says anything, which opts out of nothing either. */
export const judgeSaleOptOut: Judge = ({ input, expected }, { decoders }): readonly Field[] => {
  const text = String(input)
  const wanted = at(expected, 'usSaleOptOut')
  const { findings } = findGpp({ gpp: [text] }, true, decoders)
  const denied = findings.some(({ denies }) => (denies & SALE) !== 0)
  return [restriction('usSaleOptOut', denied, wanted === true)]
}

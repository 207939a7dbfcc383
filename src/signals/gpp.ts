/**
 * The Global Privacy Platform string: a header that lists section ids, then the sections' texts in that order (IAB Tech Lab,
 * "GPP consent string specification", version 1). Sections stay text here: each has its own decoder, and an unreadable one
 * must not hide the others.
 */
import { ABSENT, invalid, type Signal, valid } from '../model/signal.ts'
import { readBits } from './bits.ts'
import { readRangesFibonacci } from './vendor-ids.ts'

/** Longer strings are not decoded. */
export const MAX_GPP_CHARACTERS = 16_384
/** The largest section id is 27 (2026). A header with an id above this bound is malformed. */
const MAX_SECTION_ID = 255

export interface Gpp {
  readonly version: number
  /** Ascending. */
  readonly sectionIds: readonly number[]
  /** The raw text of each section. */
  readonly sections: ReadonlyMap<number, string>
}

export function parseGpp(text: string | undefined): Signal<Gpp> {
  if (text === undefined || text === '') return ABSENT
  if (text.length > MAX_GPP_CHARACTERS) return invalid('longer than a GPP string can be')
  const [header = '', ...texts] = text.split('~')
  const bits = readBits(header)
  if (bits === undefined) return invalid('the header is not base64url')
  if (bits.int(6) !== 3) return invalid('not a GPP header')
  const version = bits.int(6)
  if (version !== 1 && !bits.failed) return invalid('version is not 1')
  const ranges = readRangesFibonacci(bits, MAX_SECTION_ID)
  if (bits.failed || !bits.onlyPaddingLeft()) return invalid('the header is cut short or has data after its end')
  const sectionIds = ranges.flatMap(([first, last]) =>
    Array.from({ length: last - first + 1 }, (_, index) => first + index),
  )
  if (sectionIds.length !== texts.length) return invalid('the header does not list the sections that follow')
  return valid({ version, sectionIds, sections: new Map(sectionIds.map((id, index) => [id, texts[index]!])) })
}

/** The sections in force, according to the sender. */
export interface SectionList {
  readonly ids: readonly number[]
  /** True if the list contains an invalid id; the valid ones still count. */
  readonly malformed: boolean
}

/**
 * `gpp_sid`: ids separated by commas (OpenRTB, URLs) or underscores (in-app key `IABGPP_GppSID`). -1 means that no section
 * applies. Undefined if nothing was sent.
 */
export function parseSectionList(text: string | undefined): SectionList | undefined {
  if (text === undefined || text.trim() === '') return undefined
  if (ONE_ID.test(text)) return { ids: [Number(text)], malformed: false }
  const parts = text
    .slice(0, MAX_LIST_CHARACTERS)
    .split(/[,_]/)
    .map((part) => part.trim())
  const ids = parts.filter((part) => /^\d{1,5}$/.test(part)).map(Number)
  const explained = parts.filter((part) => part === '-1').length + ids.length
  return { ids, malformed: explained !== parts.length || text.length > MAX_LIST_CHARACTERS }
}
const MAX_LIST_CHARACTERS = 1_024
/** Fast path for the most common list. */
const ONE_ID = /^\d{1,5}$/

/**
 * Decodes consent strings and caches the results: phones repeat the same few strings, and a hit costs one look-up. One instance
 * per thread, bounded by entries and characters.
 */
import { Recent } from '../model/recent.ts'
import { invalid, type Signal, valid } from '../model/signal.ts'
import { parseAddtlConsent } from './addtl-consent.ts'
import { parseGpp } from './gpp.ts'
import { meaningOf, type UsMeaning } from './gpp-meaning.ts'
import { decodeUsSection, type UsSection, usSectionSpec } from './gpp-us.ts'
import { parseTcString, type TcString } from './tcf.ts'
import { parseTcfCanada } from './tcf-canada.ts'

const MAX_ENTRIES = 20_000
/** Text and decoded value together; a UTF-16 character takes one or two bytes. */
const MAX_CHARACTERS = 8_000_000
/** Cost of an entry besides its text. */
const OVERHEAD_CHARACTERS = 1_000

/** One section of a GPP string, by kind. */
export type GppSection =
  | {
      readonly kind: 'us'
      readonly id: number
      readonly decoded: Signal<UsSection>
      readonly meaning: Signal<UsMeaning>
    }
  | { readonly kind: 'us_privacy'; readonly id: 6; readonly text: string }
  | { readonly kind: 'tcf'; readonly id: 2; readonly text: string }
  | { readonly kind: 'tcf_canada'; readonly id: 5; readonly decoded: Signal<TcString> }
  | { readonly kind: 'unknown'; readonly id: number }

export interface GppReading {
  readonly version: number
  readonly sections: readonly GppSection[]
}

export interface Decoders {
  tcf(text: string): Signal<TcString>
  gpp(text: string): Signal<GppReading>
  addtlConsent(text: string): Signal<ReadonlySet<number>>
}

/** @param max cached strings of each kind */
export function createDecoders(max = MAX_ENTRIES): Decoders {
  return {
    tcf: remembered(parseTcString, max),
    gpp: remembered(readGpp, max),
    addtlConsent: remembered(parseAddtlConsent, max),
  }
}

function remembered<T>(decode: (text: string) => Signal<T>, max: number): (text: string) => Signal<T> {
  const known = new Recent<string, Signal<T>>({
    max,
    maxSize: MAX_CHARACTERS,
    sizeOf: (_, text) => text.length + OVERHEAD_CHARACTERS,
  })
  return (text) => {
    let decoded = known.get(text)
    if (decoded === undefined) {
      decoded = decode(text)
      known.set(text, decoded)
    }
    return decoded
  }
}

/** A section sent separately, as `7~text`. */
export function readGppSection(text: string): GppSection {
  const tilde = text.indexOf('~')
  const id = Number(text.slice(0, tilde))
  return readSection(Number.isInteger(id) ? id : 0, text.slice(tilde + 1))
}

function readGpp(text: string): Signal<GppReading> {
  const parsed = parseGpp(text)
  if (parsed.state !== 'valid') return parsed
  const { version, sections } = parsed.value
  return valid({ version, sections: [...sections].map(([id, section]) => readSection(id, section)) })
}

function readSection(id: number, text: string): GppSection {
  if (id === 2) return { kind: 'tcf', id, text }
  if (id === 5) return { kind: 'tcf_canada', id, decoded: parseTcfCanada(text) }
  if (id === 6) return { kind: 'us_privacy', id, text }
  const spec = usSectionSpec(id)
  if (spec === undefined) return { kind: 'unknown', id }
  const decoded = decodeUsSection(spec, text)
  const meaning = decoded.state === 'valid' ? meaningOf(decoded.value) : invalid('the section cannot be read')
  return { kind: 'us', id, decoded, meaning }
}

/** Field classes, treatments, purposes and roles in plain words, for each language. */
import type { Purpose, Role } from '../../model/contract.ts'
import { type FieldClass, ipBits, type Level, topOf, treatmentName } from '../../model/field-class.ts'
import type { SendsAs } from '../../partners/kit/sends-as.ts'

/** What an opt-out changes in what one company receives. */
export const EFFECT_NAMES = ['nothing_is_shared', 'less_is_shared', 'nothing_changes'] as const
export type Effect = (typeof EFFECT_NAMES)[number]

/** A language's phrases. */
export interface PartnerWords {
  readonly purposes: Readonly<Record<Purpose, string>>
  readonly roles: Readonly<Record<Role, string>>
  /** What each class is. */
  readonly classes: Readonly<Record<FieldClass, string>>
  /** Its coarser form, if it has one of its own. */
  readonly reduced: Readonly<Partial<Record<FieldClass, string>>>
  /** By level, from the coarsest. */
  readonly places: readonly string[]
  readonly times: readonly string[]
  readonly exactPosition: string
  readonly area: (km2: string) => string
  readonly site: string
  readonly code: string
  readonly hash: string
  readonly asItIs: string
  readonly address: {
    readonly whole: string
    readonly wholeOld: string
    readonly part: (version: string, kept: number, of: number) => string
    readonly shortened: (v4: string, v6: string) => string
  }
  readonly onlyThese: (names: string) => string
  /** What happens in the app, for events that every app has. */
  readonly calls: Readonly<Record<string, string>>
  readonly effects: Readonly<Record<Effect, string>>
  readonly regions: Pick<Intl.DisplayNames, 'of'>
}

/** The form in which a class is shared. Undefined if it is not shared. */
export function formWords(
  words: PartnerWords,
  fieldClass: FieldClass,
  level: Level,
  sendsAs: SendsAs,
): string | undefined {
  if (level === 0) return undefined
  if (fieldClass === 'ip') return ipWords(words, level)
  if (fieldClass === 'place') return words.places[level]
  if (fieldClass === 'time') return words.times[level]
  if (fieldClass === 'coordinates') {
    if (level === topOf('coordinates')) return words.exactPosition
    return words.area(treatmentName('coordinates', level).replace('km2', ''))
  }
  if (level < topOf(fieldClass)) {
    if (fieldClass === 'url' || fieldClass === 'referrer') return words.site
    return words.reduced[fieldClass] ?? words.code
  }
  return sendsAs === 'hashed' ? words.hash : words.asItIs
}

function ipWords({ address }: PartnerWords, level: Level): string {
  if (level === topOf('ip')) return address.whole
  const { v4, v6 } = ipBits(level)
  if (v4 === 32 && v6 === 0) return address.wholeOld
  return address.shortened(address.part('IPv4', v4, 32), address.part('IPv6', v6, 128))
}

export function countryName({ regions }: PartnerWords, code: string): string {
  return regions.of(code) ?? code
}

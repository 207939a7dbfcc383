/** Differences between two published states, each once, with the users and places it concerns. */
import type { Change } from '../model/contract.ts'
import type { Audience } from './states.ts'

/** `both`: wider and narrower at once (a longer IPv4 prefix with a shorter IPv6 one, another name). */
export type Direction = 'wider' | 'narrower' | 'both' | 'none'

/** The subject matter of a difference. */
export const KINDS = ['partner', 'item', 'event', 'field', 'property', 'name', 'flag', 'setting'] as const
export type Kind = (typeof KINDS)[number]

export interface Difference {
  /** A partner's id; `policy`, or `app <id>`, if it belongs to no partner. */
  readonly about: string
  readonly kind: Kind
  /** The field class, event, flag or setting. */
  readonly what: string
  /** `''` if there is no value, or the value is not shown. */
  readonly from: string
  readonly to: string
  readonly direction: Direction
  /** Audience → places; empty if it concerns everyone everywhere. */
  readonly who: ReadonlyMap<Audience, ReadonlySet<string>>
}
export type Noted = Omit<Difference, 'who'>

export interface DifferenceSet {
  note(difference: Noted, who?: Difference['who']): void
  all(): readonly Difference[]
}

export function createDifferenceSet(): DifferenceSet {
  const known = new Map<string, Noted & { readonly who: Map<Audience, Set<string>> }>()
  return {
    note: (noted, who = new Map()) => {
      const key = [noted.about, noted.kind, noted.what, noted.from, noted.to].join('\0')
      const difference = known.get(key) ?? { ...noted, who: new Map() }
      known.set(key, difference)
      for (const [audience, places] of who) {
        const all = difference.who.get(audience) ?? new Set()
        difference.who.set(audience, all)
        for (const place of places) all.add(place)
      }
    },
    all: () => [...known.values()],
  }
}

export function changeOf(differences: readonly { readonly direction: Direction }[]): Change {
  const has = (...directions: readonly Direction[]): boolean =>
    differences.some(({ direction }) => directions.includes(direction))
  const [wider, narrower] = [has('wider', 'both'), has('narrower', 'both')]
  if (wider) return narrower ? 'mixed' : 'wider'
  return narrower ? 'narrower' : 'same'
}

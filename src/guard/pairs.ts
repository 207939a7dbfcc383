/** Leaves that identify only together: two degrees, a given name and a family name. */
import type { Leaves } from './leaves.ts'
import { type Needle, needleOfKind, positionNeedle } from './needle.ts'

export interface Pair {
  readonly first: number
  readonly second: number
  readonly kind: 'coordinates' | 'name'
  readonly needle: Needle
}

/** A request with more positions or people than this is a list of something else. */
const MAX_PAIRS = 64
const LATITUDE = /lat/i
const LONGITUDE = /lon|lng/i
const GIVEN = /^(?:first|given)/i
const FAMILY = /^(?:last|family|sur)/i

/** For a key of a name: true if it is only a part of the name. */
export function isNamePart(key: string): boolean {
  return GIVEN.test(key) || FAMILY.test(key)
}

const NO_PAIRS: readonly Pair[] = []

/**
 * @param kinds each leaf's slot, or the class of its key
 * @param position as `positionNeedle`
 */
export function pairsIn(
  { texts, keys }: Leaves & { readonly keys?: readonly string[] },
  kinds: readonly (string | undefined)[],
  position = positionNeedle,
): readonly Pair[] {
  if (!kinds.includes('coordinates') && !kinds.includes('name')) return NO_PAIRS
  const pairs: Pair[] = []
  const add = (first: number, second: number, kind: Pair['kind'], needle: Needle | undefined): void => {
    if (needle !== undefined && pairs.length < MAX_PAIRS) pairs.push({ first, second, kind, needle })
  }
  for (let second = 1; second < texts.length; second++) {
    const kind = kinds[second]
    const first = second - 1
    if ((kind !== 'coordinates' && kind !== 'name') || kinds[first] !== kind) continue
    const [one, other] = [keys?.[first] ?? '', keys?.[second] ?? '']
    if (kind === 'coordinates') {
      const isTurned = LONGITUDE.test(one) || LATITUDE.test(other)
      const [latitude, longitude] = isTurned ? [texts[second]!, texts[first]!] : [texts[first]!, texts[second]!]
      add(first, second, kind, position(latitude, longitude))
    } else if (GIVEN.test(one) && FAMILY.test(other)) {
      add(first, second, kind, needleOfKind('name', `${texts[first]} ${texts[second]}`))
    } else if (FAMILY.test(one) && GIVEN.test(other)) {
      add(first, second, kind, needleOfKind('name', `${texts[second]} ${texts[first]}`))
    }
  }
  return pairs
}

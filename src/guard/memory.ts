/** Caches the forms of identity values: a user's next event has the same ones. */
import { type Needle, needleOfKind, positionNeedle } from './needle.ts'

/** Maximum values; with all digests each takes some 8 kB, without them half a kB. */
const MAX_VALUES = 4_096
/** Not the name of a class. */
const POSITION = 'position '
/** A longer value is not an id and not worth caching. */
const MAX_LENGTH = 512

export interface NeedleMemory {
  /** As `needleOfKind`. */
  of(kind: string, text: string): Needle | undefined
  /** As `positionNeedle`. */
  position(latitude: string, longitude: string): Needle | undefined
  /** Forgets every value searched for: call before an erasure is answered. */
  forget(): void
}

/** Two generations: what was used since the last full one is kept, so that a look-up costs one map access. */
export function createNeedleMemory(): NeedleMemory {
  let fresh: Generation = new Map()
  let older: Generation = new Map()
  let size = 0
  const add = (kind: string, text: string, needle: Needle | null): void => {
    if (size >= MAX_VALUES / 2) {
      older = fresh
      fresh = new Map()
      size = 0
    }
    let ofKind = fresh.get(kind)
    if (ofKind === undefined) {
      ofKind = new Map()
      fresh.set(kind, ofKind)
    }
    ofKind.set(text, needle)
    size++
  }
  const remembered = (kind: string, text: string, make: () => Needle | undefined): Needle | undefined => {
    let needle = fresh.get(kind)?.get(text)
    if (needle === undefined) {
      needle = older.get(kind)?.get(text) ?? make() ?? null
      add(kind, text, needle)
    }
    return needle ?? undefined
  }
  return {
    of: (kind, text) =>
      text.length > MAX_LENGTH ? needleOfKind(kind, text) : remembered(kind, text, () => needleOfKind(kind, text)),
    position: (latitude, longitude) => {
      const make = () => positionNeedle(latitude, longitude)
      const isShort = latitude.length + longitude.length < MAX_LENGTH
      return isShort ? remembered(POSITION, `${latitude},${longitude}`, make) : make()
    },
    forget: () => {
      fresh = new Map()
      older = new Map()
      size = 0
    },
  }
}

/** By kind and text; null for a value that is not searched for. */
type Generation = Map<string, Map<string, Needle | null>>

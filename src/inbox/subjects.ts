/**
 * Counts how many different subjects brought a name, and remembers none of them. A subject sets one bit of 512, by a keyed
 * hash whose key is drawn at random, is in no file, and is thrown away after a day with every bit that it set. Two windows
 * run at once, half a day apart: what comes within half a day is always counted together. See docs/decisions/0022.
 */
import { createHmac } from 'node:crypto'
import type { EpochMs } from '../model/brand.ts'

/** How long bits are kept, and a key lives. */
export const WINDOW_MS = 24 * 3_600_000
const STEP_MS = WINDOW_MS / 2
const BITS = 512
const KEY_BYTES = 32

/** The bits of one name in both windows. Only ever fewer than the subjects were, never more. */
export interface Sketch {
  readonly bits: readonly [Uint32Array, Uint32Array]
  /** Of which window they are. */
  readonly windows: [number, number]
}

/** Where a subject's bit is, in both windows. */
export type Mark = readonly [number, number]

export interface SubjectCounter {
  sketch(): Sketch
  mark(subject: string): Mark
  /** How many different subjects at least, in the fuller of the two windows. */
  add(sketch: Sketch, mark: Mark): number
}

export function createSubjectCounter(now: () => EpochMs, random: (bytes: number) => Uint8Array): SubjectCounter {
  const origin = now()
  const keys: [Uint8Array, Uint8Array] = [random(KEY_BYTES), random(KEY_BYTES)]
  /** The newest window; the one before has the other place. */
  let newest = 0
  const windowAt = (place: 0 | 1): number => (newest % 2 === place ? newest : newest - 1)
  const turn = (): void => {
    const current = Math.max(newest, Math.floor((now() - origin) / STEP_MS))
    if (current === newest) return
    if (current - newest > 1) keys[(current - 1) % 2 === 0 ? 0 : 1] = random(KEY_BYTES)
    keys[current % 2 === 0 ? 0 : 1] = random(KEY_BYTES)
    newest = current
  }
  return {
    sketch: () => ({ bits: [new Uint32Array(BITS / 32), new Uint32Array(BITS / 32)], windows: [-1, -1] }),
    mark: (subject) => {
      turn()
      const bitBy = (key: Uint8Array): number =>
        createHmac('sha256', key).update(subject).digest().readUInt16BE() % BITS
      return [bitBy(keys[0]), bitBy(keys[1])]
    },
    add: (sketch, mark) => {
      turn()
      let most = 0
      for (const place of [0, 1] as const) {
        const bits = sketch.bits[place]
        if (sketch.windows[place] !== windowAt(place)) {
          bits.fill(0)
          sketch.windows[place] = windowAt(place)
        }
        const bit = mark[place]
        bits[bit >> 5]! |= 1 << (bit & 31)
        most = Math.max(
          most,
          bits.reduce((sum, word) => sum + ones(word), 0),
        )
      }
      return most
    },
  }
}

function ones(word: number): number {
  let count = 0
  for (let rest = word; rest !== 0; rest &= rest - 1) count++
  return count
}

/**
 * Counts the different subjects that sent a name, without storing any. A subject sets one of 512 bits by a keyed hash. The key
 * is random, kept only in memory and discarded after a day with all bits that it set. Two windows run half a day apart, so
 * that events within half a day are always counted together. See docs/decisions/0022.
 */
import { createHmac } from 'node:crypto'
import type { EpochMs } from '../model/brand.ts'

/** Lifetime of a key and its bits. */
export const WINDOW_MS = 24 * 3_600_000
const STEP_MS = WINDOW_MS / 2
const BITS = 512
const KEY_BYTES = 32

/** The bits of one name in both windows. Never overestimates the number of subjects. */
export interface Sketch {
  readonly bits: readonly [Uint32Array, Uint32Array]
  /** The window of each. */
  readonly windows: [number, number]
}

/** A subject's bit in both windows. */
export type Mark = readonly [number, number]

export interface SubjectCounter {
  sketch(): Sketch
  mark(subject: string): Mark
  /** Returns a lower bound of different subjects, from the fuller window. */
  add(sketch: Sketch, mark: Mark): number
}

export function createSubjectCounter(now: () => EpochMs, random: (bytes: number) => Uint8Array): SubjectCounter {
  const origin = now()
  const keys: [Uint8Array, Uint8Array] = [random(KEY_BYTES), random(KEY_BYTES)]
  /** The newest window; the previous one has the other slot. */
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

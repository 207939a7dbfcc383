/**
 * The de-duplication window: 128-bit keys in arrival order, bounded by number and age. A ring holds them, an
 * open-addressing table finds them; 28 bytes a key, because a Map of a million strings would take over 100 MB.
 */
import type { EpochMs } from '../model/brand.ts'

export const DEDUPE_KEY_BYTES = 16
const WORDS = 4
const FIRST_SIZE = 1_024

export interface DedupeWindow {
  has(key: Uint8Array): boolean
  /** The key MUST NOT be in the window. */
  add(key: Uint8Array, at: EpochMs): void
  /** Removes the last `count` additions. */
  undo(count: number): void
  /** Forgets keys beyond the age or the number. */
  trim(now: EpochMs): void
  size(): number
}

/** `maxKeys` and `maxAgeMs` bound what survives `trim`. Keys are evenly distributed: the start of a hash. */
export function createDedupeWindow(maxKeys: number, maxAgeMs: number): DedupeWindow {
  let capacity = FIRST_SIZE
  let keys = new Uint32Array(capacity * WORDS)
  let seconds = new Uint32Array(capacity)
  /** Ring place + 1, or 0 for empty. Twice the ring, so at most half full. */
  let table = new Uint32Array(capacity * 2)
  let oldest = 0
  let size = 0
  const probe = new Uint32Array(WORDS)

  const read = (key: Uint8Array): void => {
    if (key.length !== DEDUPE_KEY_BYTES) throw new RangeError(`a key has ${DEDUPE_KEY_BYTES} bytes`)
    for (let word = 0; word < WORDS; word++) {
      const at = word * 4
      probe[word] = (key[at]! << 24) | (key[at + 1]! << 16) | (key[at + 2]! << 8) | key[at + 3]!
    }
  }
  const isAt = (place: number): boolean => {
    const at = place * WORDS
    return keys[at] === probe[0] && keys[at + 1] === probe[1] && keys[at + 2] === probe[2] && keys[at + 3] === probe[3]
  }
  /** The slot of the probed key, or the empty slot where it would go. */
  const slotOf = (): number => {
    const mask = table.length - 1
    let slot = probe[0]! & mask
    while (table[slot] !== 0 && !isAt(table[slot]! - 1)) slot = (slot + 1) & mask
    return slot
  }
  const forget = (place: number): void => {
    for (let word = 0; word < WORDS; word++) probe[word] = keys[place * WORDS + word]!
    const mask = table.length - 1
    let hole = slotOf()
    // Later entries of the probe sequence move up, so that no search ends early.
    for (let slot = (hole + 1) & mask; table[slot] !== 0; slot = (slot + 1) & mask) {
      const home = keys[(table[slot]! - 1) * WORDS]! & mask
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue
      table[hole] = table[slot]!
      hole = slot
    }
    table[hole] = 0
  }
  const grow = (): void => {
    const old = { keys, seconds, capacity, oldest }
    capacity *= 2
    keys = new Uint32Array(capacity * WORDS)
    seconds = new Uint32Array(capacity)
    table = new Uint32Array(capacity * 2)
    oldest = 0
    for (let index = 0; index < size; index++) {
      const from = (old.oldest + index) % old.capacity
      keys.set(old.keys.subarray(from * WORDS, (from + 1) * WORDS), index * WORDS)
      seconds[index] = old.seconds[from]!
      probe.set(keys.subarray(index * WORDS, (index + 1) * WORDS))
      table[slotOf()] = index + 1
    }
  }

  return {
    has: (key) => {
      read(key)
      return table[slotOf()] !== 0
    },
    add: (key, at) => {
      if (size === capacity) grow()
      const place = (oldest + size) % capacity
      read(key)
      table[slotOf()] = place + 1
      keys.set(probe, place * WORDS)
      seconds[place] = Math.floor(at / 1_000)
      size += 1
    },
    undo: (count) => {
      for (let left = Math.min(count, size); left > 0; left--) {
        size -= 1
        forget((oldest + size) % capacity)
      }
    },
    trim: (now) => {
      const since = Math.floor((now - maxAgeMs) / 1_000)
      while (size > 0 && (size > maxKeys || seconds[oldest]! < since)) {
        forget(oldest)
        oldest = (oldest + 1) % capacity
        size -= 1
      }
    },
    size: () => size,
  }
}

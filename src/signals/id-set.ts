/** Sets of small ids (vendors), one bit each: 1,400 vendors take 176 bytes. */
export interface IdSet {
  has(id: number): boolean
  /** Ascending. For display and tests; decisions only call `has`. */
  ids(): number[]
}

/** @param words id n is bit n-1; the highest bit of the first word is id 1 */
export function idSetOf(words: Uint32Array): IdSet {
  const has = (id: number): boolean => {
    const word = words[(id - 1) >>> 5]
    return id >= 1 && word !== undefined && ((word >>> (31 - ((id - 1) & 31))) & 1) === 1
  }
  return {
    has,
    ids: () => {
      const found: number[] = []
      for (let id = 1; id <= words.length * 32; id++) if (has(id)) found.push(id)
      return found
    },
  }
}

/** Adds `first` to `last`, inclusive, a word at a time. */
export function addRange(words: Uint32Array, first: number, last: number): void {
  const [from, to] = [first - 1, last - 1]
  for (let index = from >>> 5; index <= to >>> 5; index++) {
    const low = index === from >>> 5 ? from & 31 : 0
    const high = index === to >>> 5 ? to & 31 : 31
    const mask = (0xffffffff >>> low) & (0xffffffff << (31 - high))
    words[index] = (words[index]! | mask) >>> 0
  }
}

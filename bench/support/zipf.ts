/** Few come often and most hardly ever, as an app's users do. */

/**
 * Draws 0 … `count - 1`, number n in proportion to 1/(n + 1).
 * @param seed the same draws for the same seed
 */
export function createZipf(count: number, seed: number): () => number {
  const below = new Float64Array(count)
  let sum = 0
  for (let n = 0; n < count; n++) {
    sum += 1 / (n + 1)
    below[n] = sum
  }
  const random = createRandom(seed)
  return () => {
    const wanted = random() * sum
    let low = 0
    let high = count - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      if (below[middle]! < wanted) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** 0 … 1; mulberry32. */
function createRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

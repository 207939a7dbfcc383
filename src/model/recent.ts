/**
 * A bounded memory of what came up lately. It takes space only for what it holds and moves nothing when it is asked: a
 * list of the least recently used would take its whole length at once, and write at each look-up.
 */

export interface RecentBounds<K, V> {
  /** Entries at most, 2 where it is less; at least half of them are the last ones that were set or found. */
  readonly max: number
  /** What all entries may take together, in units of `sizeOf`. Default: no bound but `max`. */
  readonly maxSize?: number
  /** Default: 0. */
  readonly sizeOf?: (value: V, key: K) => number
}

/**
 * Two halves: what is set or found goes to the young one; once that is full, it becomes the old one, and what the old one
 * held and nobody asked for is gone.
 */
export class Recent<K, V> {
  readonly #half: number
  readonly #halfSize: number
  readonly #sizeOf: ((value: V, key: K) => number) | undefined
  #young = new Map<K, V>()
  #old = new Map<K, V>()
  #youngSize = 0

  constructor({ max, maxSize = Number.POSITIVE_INFINITY, sizeOf }: RecentBounds<K, V>) {
    this.#half = Math.max(1, Math.floor(max / 2))
    this.#halfSize = maxSize / 2
    this.#sizeOf = sizeOf
  }

  /** Undefined where it is not remembered. What is found is as recent as what is set. */
  get(key: K): V | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old !== undefined) this.set(key, old)
    return old
  }

  /** As `get`, but leaves it as recent as it was. */
  peek(key: K): V | undefined {
    return this.#young.get(key) ?? this.#old.get(key)
  }

  /** An entry larger than half of `maxSize` is not kept. `undefined` cannot be remembered. */
  set(key: K, value: V): void {
    if (this.#sizeOf !== undefined) {
      // Of an earlier value under the key nothing may be left, whether the new one is kept or not.
      this.delete(key)
      const size = this.#sizeOf(value, key)
      if (size > this.#halfSize) return
      if (this.#youngSize + size > this.#halfSize) this.#turn()
      this.#youngSize += size
    }
    if (this.#young.size >= this.#half && !this.#young.has(key)) this.#turn()
    this.#young.set(key, value)
  }

  delete(key: K): void {
    const young = this.#young.get(key)
    if (young !== undefined && this.#sizeOf !== undefined) this.#youngSize -= this.#sizeOf(young, key)
    this.#young.delete(key)
    this.#old.delete(key)
  }

  #turn(): void {
    this.#old = this.#young
    this.#young = new Map()
    this.#youngSize = 0
  }
}

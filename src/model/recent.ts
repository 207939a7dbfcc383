/**
 * A bounded cache of recent entries. Unlike an LRU list it allocates only for what it holds and writes nothing on most
 * look-ups.
 */

export interface RecentBounds<K, V> {
  /** Maximum number of entries, at least 2; at least half of them are the most recently set or found. */
  readonly max: number
  /** Maximum total size, in units of `sizeOf`. Default: unlimited. */
  readonly maxSize?: number
  /** Default: 0. */
  readonly sizeOf?: (value: V, key: K) => number
}

/** Two generations: entries that are set or found join the young one. When it is full it replaces the old one, whose entries are dropped. */
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

  /** Undefined if not cached. A hit counts as recent use. */
  get(key: K): V | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old !== undefined) this.set(key, old)
    return old
  }

  /** As `get`, without counting as use. */
  peek(key: K): V | undefined {
    return this.#young.get(key) ?? this.#old.get(key)
  }

  /** Ignores an entry larger than half of `maxSize`. `undefined` cannot be cached. */
  set(key: K, value: V): void {
    if (this.#sizeOf !== undefined) {
      // Drop the previous value even if the new one is not kept.
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

/**
 * Searches a text for many others in time linear in their total length (Aho and Corasick 1975). For a few short ones,
 * separate searches are faster; for a request with thousands, the product would be too large.
 */

/** Texts are compared as UTF-8 bytes. */
const SYMBOLS = 256

/** Which of the texts are in another one. */
export type ManySearch = (text: string) => ReadonlySet<string>

/** @param sought none empty; compared as they are */
export function createManySearch(sought: ReadonlySet<string>): ManySearch {
  const all = [...sought].map((text) => [text, Buffer.from(text)] as const)
  const next = new Steps(all.reduce((sum, [, bytes]) => sum + bytes.length, 1))
  const texts: (string | undefined)[] = [undefined]
  for (const [text, bytes] of all) {
    let state = 0
    for (const symbol of bytes) {
      let to = next.of(state, symbol)
      if (to === 0) {
        to = texts.length
        texts.push(undefined)
        next.set(state, symbol, to)
      }
      state = to
    }
    texts[state] = text
  }
  const [fails, outputs] = linksOf(next, texts)

  return (text) => {
    const found = new Set<string>()
    const seen = new Uint8Array(texts.length)
    let state = 0
    for (const symbol of Buffer.from(text)) {
      let to = next.of(state, symbol)
      while (to === 0 && state !== 0) {
        state = fails[state]!
        to = next.of(state, symbol)
      }
      state = to
      // A visited state has already reported everything that ends in it.
      for (
        let at = texts[state] === undefined ? outputs[state]! : state;
        at !== 0 && seen[at] === 0;
        at = outputs[at]!
      ) {
        seen[at] = 1
        found.add(texts[at]!)
      }
    }
    return found
  }
}

/**
 * The fallback state if no step matches, and the nearest text that also ends there; breadth first, so that shorter ones
 * are ready.
 */
function linksOf(
  next: Steps,
  texts: readonly (string | undefined)[],
): readonly [fails: Int32Array, outputs: Int32Array] {
  const fails = new Int32Array(texts.length)
  const outputs = new Int32Array(texts.length)
  const children = next.byState(texts.length)
  const queue: number[] = [0]
  for (let head = 0; head < queue.length; head++) {
    const state = queue[head]!
    for (const [symbol, to] of children[state] ?? []) {
      queue.push(to)
      if (state === 0) continue
      let fail = fails[state]!
      while (fail !== 0 && next.of(fail, symbol) === 0) fail = fails[fail]!
      fails[to] = next.of(fail, symbol)
      outputs[to] = texts[fails[to]!] === undefined ? outputs[fails[to]!]! : fails[to]!
    }
  }
  return [fails, outputs]
}

/** Steps of a tree, open-addressed: a Map keyed by number costs several times as much. */
class Steps {
  readonly #keys: Int32Array
  readonly #states: Int32Array
  readonly #mask: number

  constructor(most: number) {
    let slots = 16
    while (slots < most * 2) slots *= 2
    this.#keys = new Int32Array(slots)
    this.#states = new Int32Array(slots)
    this.#mask = slots - 1
  }

  /** 0 for none: no step leads back to the root. */
  of(state: number, symbol: number): number {
    return this.#states[this.#slotOf(state * SYMBOLS + symbol + 1)]!
  }

  set(state: number, symbol: number, to: number): void {
    const key = state * SYMBOLS + symbol + 1
    const slot = this.#slotOf(key)
    this.#keys[slot] = key
    this.#states[slot] = to
  }

  byState(states: number): readonly (readonly (readonly [symbol: number, to: number])[] | undefined)[] {
    const found: [number, number][][] = new Array(states)
    for (let slot = 0; slot < this.#keys.length; slot++) {
      const key = this.#keys[slot]!
      if (key === 0) continue
      const state = Math.floor((key - 1) / SYMBOLS)
      found[state] ??= []
      found[state].push([(key - 1) % SYMBOLS, this.#states[slot]!])
    }
    return found
  }

  #slotOf(key: number): number {
    let slot = Math.imul(key, 0x9e3779b1) >>> 7
    for (slot &= this.#mask; ; slot = (slot + 1) & this.#mask) {
      if (this.#keys[slot] === key || this.#keys[slot] === 0) return slot
    }
  }
}

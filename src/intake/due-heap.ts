/** The earliest of many due times: a binary heap. Entries are never removed early; the taker checks what it takes. */
import type { EpochMs } from '../model/brand.ts'

interface Due {
  readonly seq: number
  readonly due: EpochMs
}

export class DueHeap {
  readonly #entries: Due[] = []

  /** Undefined if it is empty. */
  peek(): Due | undefined {
    return this.#entries[0]
  }

  push(entry: Due): void {
    const entries = this.#entries
    let at = entries.length
    entries.push(entry)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (isBefore(entries[parent]!, entry)) break
      entries[at] = entries[parent]!
      at = parent
    }
    entries[at] = entry
  }

  pop(): Due | undefined {
    const entries = this.#entries
    const first = entries[0]
    const moved = entries.pop()
    if (moved === undefined || entries.length === 0) return first
    let at = 0
    for (;;) {
      let child = at * 2 + 1
      if (child >= entries.length) break
      if (child + 1 < entries.length && isBefore(entries[child + 1]!, entries[child]!)) child += 1
      if (isBefore(moved, entries[child]!)) break
      entries[at] = entries[child]!
      at = child
    }
    entries[at] = moved
    return first
  }
}

function isBefore(a: Due, b: Due): boolean {
  return a.due < b.due || (a.due === b.due && a.seq < b.seq)
}

/** Ascending record numbers as LEB128 deltas: seven bits a byte, lowest first. */

const CONTINUES = 128

export class Packer {
  #bytes = Buffer.alloc(64)
  #at = 0
  #last = 0

  /** MUST ascend. */
  add(value: number): void {
    if (this.#at + 8 > this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], this.#bytes.length * 2)
    let rest = value - this.#last
    this.#last = value
    while (rest >= CONTINUES) {
      this.#bytes[this.#at++] = (rest & (CONTINUES - 1)) | CONTINUES
      rest = Math.floor(rest / CONTINUES)
    }
    this.#bytes[this.#at++] = rest
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#at)
  }
}

/** Reads one list; `value` is undefined at its end. */
class Unpacker {
  value: number | undefined
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array, first: number) {
    this.#bytes = bytes
    this.value = first
    this.advance()
  }

  advance(): void {
    if (this.#at >= this.#bytes.length) {
      this.value = undefined
      return
    }
    let difference = 0
    let scale = 1
    for (let byte = CONTINUES; byte >= CONTINUES; scale *= CONTINUES) {
      byte = this.#bytes[this.#at++]!
      difference += (byte & (CONTINUES - 1)) * scale
    }
    this.value = this.value! + difference
  }

  skipTo(above: number): void {
    while (this.value !== undefined && this.value <= above) this.advance()
  }
}

/** Merges the lists: every number plus `first` that is above `after`, ascending. */
export function* unpack(lists: readonly Uint8Array[], first: number, after: number): Generator<number> {
  let open = lists.map((bytes) => new Unpacker(bytes, first))
  for (const list of open) list.skipTo(after)
  for (;;) {
    open = open.filter(({ value }) => value !== undefined)
    let lowest = open[0]
    if (lowest === undefined) return
    let bound = Number.POSITIVE_INFINITY
    for (const list of open) {
      if (list.value! < lowest.value!) {
        bound = lowest.value!
        lowest = list
      } else if (list !== lowest && list.value! < bound) bound = list.value!
    }
    // Drain the lowest list until another one becomes lower.
    for (; lowest.value !== undefined && lowest.value < bound; lowest.advance()) yield lowest.value
  }
}

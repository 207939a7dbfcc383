/** Rows ordered by size, read a page at a time. */
export class Cursor<Row extends { readonly size: number }> {
  readonly #load: (above: number) => readonly Row[]
  #rows: readonly Row[] = []
  #at = 0
  #above = -1
  #ended = false

  constructor(load: (above: number) => readonly Row[]) {
    this.#load = load
  }

  /** The next row if its size is at most `size`. */
  upTo(size: number): Row | undefined {
    const row = this.#peek()
    if (row === undefined || row.size > size) return undefined
    this.#at++
    return row
  }

  /** Size of the next row; infinity at the end. */
  get nextSize(): number {
    return this.#peek()?.size ?? Number.POSITIVE_INFINITY
  }

  *rest(): Generator<Row> {
    for (let row = this.upTo(Number.POSITIVE_INFINITY); row !== undefined; row = this.upTo(Number.POSITIVE_INFINITY))
      yield row
  }

  #peek(): Row | undefined {
    if (this.#at === this.#rows.length && !this.#ended) {
      this.#rows = this.#load(this.#above)
      this.#at = 0
      this.#above = this.#rows.at(-1)?.size ?? this.#above
      this.#ended = this.#rows.length === 0
    }
    return this.#rows[this.#at]
  }
}

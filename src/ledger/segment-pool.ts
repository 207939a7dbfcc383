/** Segments open for reading, found by record number. */
import type { LedgerFiles, Segment } from './store.ts'

/** Segments kept open. */
const MOST_OPEN = 32

export class SegmentPool {
  readonly #files: LedgerFiles
  /** Least recently used first. */
  readonly #open = new Map<number, Segment>()
  #firsts: readonly number[]

  constructor(files: LedgerFiles) {
    this.#files = files
    this.#firsts = files.segments()
  }

  /** First sequence numbers of all segments, ascending, as of the last `refresh`. */
  get firsts(): readonly number[] {
    return this.#firsts
  }

  segment(first: number): Segment {
    const known = this.#open.get(first)
    if (known !== undefined) {
      this.#open.delete(first)
      this.#open.set(first, known)
      return known
    }
    const segment = this.#files.follow(first)
    this.#open.set(first, segment)
    if (this.#open.size > MOST_OPEN) this.close(this.#open.keys().next().value ?? first)
    return segment
  }

  /** The segment that holds record `seq`; undefined below the lowest. */
  of(seq: number): Segment | undefined {
    let low = 0
    let high = this.#firsts.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#firsts[middle]! <= seq) low = middle + 1
      else high = middle
    }
    const first = this.#firsts[low - 1]
    return first === undefined ? undefined : this.segment(first)
  }

  /** Lists the segments again and closes those that were removed. */
  refresh(): void {
    this.#firsts = this.#files.segments()
    const there = new Set(this.#firsts)
    for (const first of [...this.#open.keys()]) if (!there.has(first)) this.close(first)
  }

  close(first: number): void {
    this.#open.get(first)?.close()
    this.#open.delete(first)
  }

  closeAll(): void {
    for (const first of [...this.#open.keys()]) this.close(first)
  }
}

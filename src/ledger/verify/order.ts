/** Finds missing, extra and misplaced leaves by the sequence number in each leaf. */
import { type Findings, recordsFrom } from './report.ts'

/** Numbers from `from` to `to` (exclusive). */
interface Gap {
  readonly from: number
  readonly to: number
}
/** A leaf that came too early: the numbers in `over` had not been seen yet. */
interface Jump {
  readonly row: number
  readonly seq: number
  readonly over: Gap
}

export class OrderCheck {
  readonly #findings: Findings
  readonly #jumps: Jump[] = []
  /** Numbers skipped and not seen since, ascending and disjoint. */
  #gaps: Gap[] = []
  #next: number

  constructor(findings: Findings, first: number) {
    this.#findings = findings
    this.#next = first
  }

  /** The number after the highest seen. */
  get next(): number {
    return this.#next
  }

  /** Sees leaf `seq` at `row`. All valid numbers of the segment are below `limit`. */
  see(row: number, seq: number, limit: number): void {
    if (seq === this.#next) this.#next++
    else if (seq >= limit) {
      this.#findings.add('leaf_extra', row, `row ${row} holds record ${seq}, which was never recorded`)
    } else if (seq > this.#next) {
      const over = { from: this.#next, to: seq }
      this.#gaps.push(over)
      this.#jumps.push({ row, seq, over })
      this.#next = seq + 1
    } else if (!this.#fill(seq)) {
      this.#findings.add('leaf_extra', row, `row ${row} repeats record ${seq}`)
    } else if (row !== seq) this.#displaced(row, seq)
  }

  /** At the end of the segment: reports missing and misplaced leaves. */
  finish(): void {
    for (const { from, to } of this.#gaps) {
      this.#findings.add('leaf_missing', from, `${recordsFrom(from, to)} of the ledger are missing`)
    }
    for (const { row, seq, over } of this.#jumps) {
      const allCame = this.#gaps.every(({ from, to }) => to <= over.from || from >= over.to)
      if (allCame && row !== seq) this.#displaced(row, seq)
    }
  }

  #displaced(row: number, seq: number): void {
    this.#findings.add('out_of_order', seq, `record ${seq} is at the position of record ${row}`)
  }

  #fill(seq: number): boolean {
    const at = this.#gaps.findIndex(({ from, to }) => from <= seq && seq < to)
    const gap = this.#gaps[at]
    if (gap === undefined) return false
    const rest = [
      { from: gap.from, to: seq },
      { from: seq + 1, to: gap.to },
    ].filter(({ from, to }) => from < to)
    this.#gaps.splice(at, 1, ...rest)
    return true
  }
}

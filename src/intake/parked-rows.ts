/** One partner's rows that are parked until a set time, and those of them in flight. */
import type { EpochMs } from '../model/brand.ts'
import { DueHeap } from './due-heap.ts'
import type { Parked } from './store.ts'

interface ParkedHere extends Parked {
  readonly underWay: boolean
}

export class ParkedRows extends Map<number, ParkedHere> {
  readonly #due = new DueHeap()

  put(parked: Parked): void {
    this.set(parked.seq, { ...parked, underWay: false })
    this.#due.push(parked)
  }

  /** The first one due that is not in flight. */
  next(): Parked | undefined {
    for (let top = this.#due.peek(); top !== undefined; top = this.#due.peek()) {
      const parked = this.get(top.seq)
      if (parked !== undefined && !parked.underWay && parked.due === top.due) return parked
      this.#due.pop()
    }
    return undefined
  }

  /** The same, in flight from now on; undefined if it is not due yet. */
  takeDue(now: EpochMs): Parked | undefined {
    const parked = this.next()
    if (parked === undefined || parked.due > now) return undefined
    this.#due.pop()
    this.set(parked.seq, { ...parked, underWay: true })
    return parked
  }

  /** Parks a row in flight again. False if it is not parked. */
  putBack(seq: number): boolean {
    const parked = this.get(seq)
    if (parked !== undefined) this.put(parked)
    return parked !== undefined
  }
}

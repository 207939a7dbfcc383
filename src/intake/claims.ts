/**
 * Who holds which pairs of one partner, where several threads pull. Whoever brought an event is given its pairs, since it holds
 * the event already; when a reader has ended, what it held is given to the others.
 */
import type { RowHead } from './store.ts'

/** A thread that appends and pulls, from 1. One that is started again has another number. */
export type Reader = number

/** A row of the events' files. `reader`: who brought it, where several threads do. */
export interface OfferedRow extends RowHead {
  readonly reader?: Reader | undefined
}

/** Pairs kept for one reader while others pull past them. Beyond, whoever pulls is given them. */
const MAX_KEPT = 1_000

interface Held {
  /** Under way. */
  readonly given: Set<number>
  /** Waiting for it, ascending. */
  kept: number[]
  /** How much of the ledger its settlements reflect; see `Intake.resumeFrom`. */
  resume: number
}
/** What a reader left under way, and what it had said of it. */
type Left = Pick<Held, 'given' | 'resume'>

export class Claims {
  readonly #readers = new Map<Reader, Held>()
  #left: Left[] = []

  /** Before a reader is given anything. `resume`: how large the ledger was. */
  pulls(reader: Reader, resume: number): void {
    const held = this.#readers.get(reader)
    if (held === undefined) this.#readers.set(reader, { given: new Set(), kept: [], resume })
    else if (held.given.size === 0) held.resume = resume
  }

  gave(reader: Reader, seq: number): void {
    this.#readers.get(reader)?.given.add(seq)
  }

  /** False where the pair may go to anybody: its reader has never pulled, has ended, or has enough. */
  keep(reader: Reader, seq: number): boolean {
    const held = this.#readers.get(reader)
    if (held === undefined || held.kept.length >= MAX_KEPT) return false
    held.kept.push(seq)
    return true
  }

  hasKept(reader: Reader): boolean {
    return (this.#readers.get(reader)?.kept.length ?? 0) > 0
  }

  /** The oldest that is kept for it, no longer kept. */
  takeKept(reader: Reader): number | undefined {
    return this.#readers.get(reader)?.kept.shift()
  }

  /** A pair has ended, or waits for another try. */
  ended(seq: number): void {
    for (const { given } of this.#readers.values()) given.delete(seq)
    if (this.#left.length === 0) return
    for (const { given } of this.#left) given.delete(seq)
    this.#left = this.#left.filter(({ given }) => given.size > 0)
  }

  /** What may be kept as `resume` once this reader has settled: no more than is said of anything still under way. */
  settled(reader: Reader, resume: number): number {
    const own = this.#readers.get(reader)
    if (own !== undefined) own.resume = resume
    const others = [...this.#readers.values(), ...this.#left].filter((one) => one !== own && one.given.size > 0)
    return Math.min(resume, ...others.map((one) => one.resume))
  }

  /** A reader has ended: what it was given and what was kept for it. */
  leave(reader: Reader): readonly number[] {
    const held = this.#readers.get(reader)
    if (held === undefined) return []
    this.#readers.delete(reader)
    const { given, kept, resume } = held
    if (given.size > 0) this.#left.push({ given: new Set(given), resume })
    return [...given, ...kept]
  }

  /** The least that anything under way at this reader may rest on; undefined where it holds nothing. */
  resumeOf(reader: Reader): number | undefined {
    const held = this.#readers.get(reader)
    return held === undefined || held.given.size === 0 ? undefined : held.resume
  }
}

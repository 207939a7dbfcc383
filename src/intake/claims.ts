/**
 * Which reader holds which pairs of one partner, if several threads pull. A reader is given the pairs of events that it
 * appended, because it holds those events already; when a reader ends, others are given its pairs.
 */
import type { RowHead } from './store.ts'

/** A thread that appends and pulls, from 1. A restarted one has another number. */
export type Reader = number

/** A row of the events' files. `reader`: the one that appended it, if there are several. */
export interface OfferedRow extends RowHead {
  readonly reader?: Reader | undefined
}

/** Pairs reserved for one reader while others pull past them. Further ones go to any reader. */
const MAX_KEPT = 1_000

interface Held {
  /** In flight. */
  readonly given: Set<number>
  /** Reserved for it, ascending. */
  kept: number[]
  /** How much of the ledger its settlements reflect; see `Intake.resumeFrom`. */
  resume: number
}
/** What a reader had in flight when it ended, and its last `resume`. */
type Left = Pick<Held, 'given' | 'resume'>

export class Claims {
  readonly #readers = new Map<Reader, Held>()
  #left: Left[] = []

  /** Call before a reader is given anything. `resume`: the ledger's size. */
  pulls(reader: Reader, resume: number): void {
    const held = this.#readers.get(reader)
    if (held === undefined) this.#readers.set(reader, { given: new Set(), kept: [], resume })
    else if (held.given.size === 0) held.resume = resume
  }

  gave(reader: Reader, seq: number): void {
    this.#readers.get(reader)?.given.add(seq)
  }

  /** False if the pair may go to any reader: its own has never pulled, has ended, or has enough. */
  keep(reader: Reader, seq: number): boolean {
    const held = this.#readers.get(reader)
    if (held === undefined || held.kept.length >= MAX_KEPT) return false
    held.kept.push(seq)
    return true
  }

  hasKept(reader: Reader): boolean {
    return (this.#readers.get(reader)?.kept.length ?? 0) > 0
  }

  /** The oldest one reserved for it, now released. */
  takeKept(reader: Reader): number | undefined {
    return this.#readers.get(reader)?.kept.shift()
  }

  /** A pair has ended, or is parked for another attempt. */
  ended(seq: number): void {
    for (const { given } of this.#readers.values()) given.delete(seq)
    if (this.#left.length === 0) return
    for (const { given } of this.#left) given.delete(seq)
    this.#left = this.#left.filter(({ given }) => given.size > 0)
  }

  /** What may be stored as `resume` once this reader has settled: no more than the `resume` of anything in flight. */
  settled(reader: Reader, resume: number): number {
    const own = this.#readers.get(reader)
    if (own !== undefined) own.resume = resume
    const others = [...this.#readers.values(), ...this.#left].filter((one) => one !== own && one.given.size > 0)
    return Math.min(resume, ...others.map((one) => one.resume))
  }

  /** A reader has ended: returns what it was given and what was reserved for it. */
  leave(reader: Reader): readonly number[] {
    const held = this.#readers.get(reader)
    if (held === undefined) return []
    this.#readers.delete(reader)
    const { given, kept, resume } = held
    if (given.size > 0) this.#left.push({ given: new Set(given), resume })
    return [...given, ...kept]
  }

  /** The lowest `resume` of anything that this reader has in flight; undefined if nothing is. */
  resumeOf(reader: Reader): number | undefined {
    const held = this.#readers.get(reader)
    return held === undefined || held.given.size === 0 ? undefined : held.resume
  }
}

/**
 * What waits for one partner and how it ended. Rows are numbered over all partners; those routed to this one are
 *
 *     settled ……  holes (given out)  ……  │cursor│  ahead (read in advance) │through│  beyond (in the files only)
 *
 * and beside that, parked rows (another try at a set time), so that one bad event never holds back the rest. What lies
 * in each place is counted there; nothing is derived from the totals of the others.
 */
import type { EpochMs, PartnerId } from '../model/brand.ts'
import type { Settlement } from '../model/disclosure.ts'
import { Claims, type OfferedRow, type Reader } from './claims.ts'
import { ParkedRows } from './parked-rows.ts'
import { SettledCounts } from './settled-counts.ts'
import type { EventStore, Parked, QueueChange, RowHead, SavedQueue, SettledCount } from './store.ts'

/** Rows held in memory before their turn. A partner further behind reads them from the files. */
const MAX_AHEAD = 8_192
const READ_AHEAD = 2_048

/** The source of rows. */
export type RowSource = Pick<EventStore, 'readAhead' | 'count' | 'lastSeq' | 'find' | 'holds'>

interface Taken extends RowHead {
  /** From 1. */
  readonly attempt: number
}

export class PartnerQueue {
  readonly partner: PartnerId
  readonly claims = new Claims()
  readonly #source: RowSource
  /** Given out, or to be given out again after a restart. Ascending. Position → time received. */
  readonly #holes = new Map<number, EpochMs>()
  /** Holes to be given out again, ascending. */
  #again: number[] = []
  readonly #parked = new ParkedRows()
  #ahead: OfferedRow[] = []
  /** Index of the first remaining entry of `#ahead`. */
  #next = 0
  #through: number
  /** True while `#ahead` holds every row above the cursor. */
  #caughtUp = false
  /** Rows beyond `#through`, counted in the files up to `countedTo`. */
  #beyond: { countedTo: number; rows: number }
  /** Above the cursor but ended already. */
  readonly #skips = new Set<number>()
  readonly #settled = new SettledCounts()
  #resume: number
  /** Changes that are not stored yet. */
  #changed = { touched: false, parked: new Map<number, Parked | undefined>() }
  #savedCursor: number

  /** Throws if the state names a row that no file holds. */
  constructor(partner: PartnerId, source: RowSource, saved: SavedQueue | number) {
    this.partner = partner
    this.#source = source
    this.#through = typeof saved === 'number' ? saved : saved.cursor
    this.#savedCursor = this.#through
    this.#beyond = { countedTo: this.#through, rows: 0 }
    this.#resume = 0
    if (typeof saved === 'number') return
    this.#resume = saved.resume
    for (const seq of saved.holes) {
      const row = source.find(seq)
      if (row === undefined) throw new Error(`the intake's state names event ${seq}, which no events file holds`)
      this.#holes.set(seq, row.receivedAt)
    }
    this.#again = [...saved.holes]
    for (const seq of saved.skips) this.#skips.add(seq)
    for (const parked of saved.parked) this.#parked.put(parked)
    for (const count of saved.settled) this.#settled.put(count)
  }

  get resume(): number {
    return this.#resume
  }
  set resume(resume: number) {
    if (resume === this.#resume) return
    this.#resume = resume
    this.#changed.touched = true
  }

  /** A row that was just appended, in order. */
  offer(row: OfferedRow): void {
    if (!this.#caughtUp) return
    if (this.#ahead.length - this.#next < MAX_AHEAD) {
      this.#ahead.push(row)
      return
    }
    this.#caughtUp = false
    this.#through = row.seq - 1
    this.#beyond = { countedTo: this.#through, rows: 0 }
  }

  /**
   * Up to `max` due rows: parked ones, then those given out before a restart, then the oldest new ones. If several
   * threads pull, `reader` identifies the caller; rows reserved for others are left out.
   */
  take(max: number, now: EpochMs, reader?: Reader): readonly Taken[] {
    const taken = this.#takeFor(max, now, reader)
    if (reader !== undefined) for (const { seq } of taken) this.claims.gave(reader, seq)
    return taken
  }

  #takeFor(max: number, now: EpochMs, reader: Reader | undefined): readonly Taken[] {
    const taken: Taken[] = []
    while (taken.length < max) {
      const parked = this.#parked.takeDue(now)
      if (parked === undefined) break
      taken.push({ seq: parked.seq, receivedAt: parked.receivedAt, attempt: parked.attempt })
    }
    const takeAgain = (next: () => number | undefined): void => {
      while (taken.length < max) {
        const seq = next()
        if (seq === undefined) return
        const receivedAt = this.#holes.get(seq)
        if (receivedAt !== undefined) taken.push({ seq, receivedAt, attempt: 1 })
      }
    }
    takeAgain(() => this.#again.shift())
    if (reader !== undefined) takeAgain(() => this.claims.takeKept(reader))
    if (taken.length < max && !this.#caughtUp && this.#waitingAhead() === 0) this.#readAhead()
    while (taken.length < max && this.#next < this.#ahead.length) {
      const { seq, receivedAt, reader: owner } = this.#ahead[this.#next++] as OfferedRow
      this.#holes.set(seq, receivedAt)
      const isOthers = reader !== undefined && owner !== undefined && owner !== reader
      if (isOthers && this.claims.keep(owner, seq)) continue
      taken.push({ seq, receivedAt, attempt: 1 })
    }
    if (this.#next === this.#ahead.length || this.#next > MAX_AHEAD) {
      this.#ahead = this.#ahead.slice(this.#next)
      this.#next = 0
    }
    return taken
  }

  /** When the next `take` can return something: 0 at once, undefined if only an append or a settlement changes that. */
  nextAt(reader?: Reader): EpochMs | undefined {
    if (this.#again.length > 0 || this.#waitingAhead() > 0 || !this.#caughtUp) return 0
    if (reader !== undefined && this.claims.hasKept(reader)) return 0
    return this.nextDue()
  }

  /** A reader has ended and nothing that it sent is in flight: others are given its pairs. */
  leave(reader: Reader): void {
    const left = this.claims.leave(reader).filter((seq) => !this.#parked.putBack(seq) && this.#holes.has(seq))
    this.#again = [...this.#again, ...left].sort((a, b) => a - b)
  }

  /** When the next parked pair is due. */
  nextDue(): EpochMs | undefined {
    return this.#parked.next()?.due
  }

  /** Ends a pair that is in flight or parked. If it is neither, returns undefined and changes nothing. */
  end(seq: number, { state, why }: Settlement): { readonly attempts: number } | undefined {
    const parked = this.#parked.get(seq)
    if (parked !== undefined) {
      this.#parked.delete(seq)
      this.#changed.parked.set(seq, undefined)
    } else if (!this.#holes.delete(seq)) return undefined
    this.claims.ended(seq)
    this.#count({ state, why }, 1)
    return { attempts: parked?.attempt ?? 1 }
  }

  /** Parks a pair in flight. If it is not, returns false and changes nothing. */
  park(seq: number, attempt: number, due: EpochMs): boolean {
    const receivedAt = this.#parked.get(seq)?.receivedAt ?? this.#holes.get(seq)
    if (receivedAt === undefined) return false
    this.#holes.delete(seq)
    this.claims.ended(seq)
    const parked: Parked = { seq, attempt, due, receivedAt }
    this.#parked.put(parked)
    this.#changed.parked.set(seq, parked)
    this.#changed.touched = true
    return true
  }

  /** Requeues a dead pair. If it cannot have been dead, returns false and changes nothing. */
  reopen({ seq, receivedAt }: RowHead, attempt: number, due: EpochMs): boolean {
    if (this.#parked.has(seq) || this.#holes.has(seq)) return false
    if (this.#settled.of('dead', '') === 0) return false
    this.#count({ state: 'dead', why: '' }, -1)
    this.#holes.set(seq, receivedAt)
    return this.park(seq, attempt, due)
  }

  /** Ends a pair that is pending or in flight. The row MUST be routed to this partner. False: it had ended. */
  endAnywhere(seq: number, settlement: Settlement): boolean {
    if (this.end(seq, settlement) !== undefined) return true
    if (seq <= this.cursor() || this.#skips.has(seq)) return false
    this.#skips.add(seq)
    const index = this.#ahead.findIndex((row) => row.seq === seq)
    if (index >= this.#next) this.#ahead.splice(index, 1)
    this.#count(settlement, 1)
    return true
  }

  /** Ends everything in (`after`, `through`]; everything below MUST have ended. Returns the number of pairs. */
  endThrough(after: number, through: number, settlement: Settlement): number {
    let ended = 0
    for (const seq of [...this.#holes.keys(), ...this.#parked.keys()]) {
      if (seq > after && seq <= through && this.end(seq, settlement) !== undefined) ended += 1
    }
    const waiting = this.#waitingIn(after, through)
    if (through > this.cursor()) {
      this.#ahead = this.#ahead.slice(this.#next).filter((row) => row.seq > through)
      this.#next = 0
      if (through > this.#through && !this.#caughtUp) {
        this.#through = through
        this.#beyond = { countedTo: through, rows: 0 }
      }
    }
    this.#count(settlement, waiting)
    return ended + waiting
  }

  /** Whether any pair in (`after`, `through`] has not ended. Stops at the first. */
  isUnsettledIn(after: number, through: number): boolean {
    const isIn = (seq: number): boolean => seq > after && seq <= through
    for (const seq of this.#holes.keys()) if (isIn(seq)) return true
    for (const seq of this.#parked.keys()) if (isIn(seq)) return true
    for (let index = this.#next; index < this.#ahead.length; index++) if (isIn(this.#ahead[index]!.seq)) return true
    let looked = this.#caughtUp ? through : Math.max(after, this.#through)
    while (looked < through) {
      const next = this.#source.readAhead(this.partner, looked, 1)
      const row = next.rows[0]
      if (row !== undefined && isIn(row.seq) && !this.#skips.has(row.seq)) return true
      looked = next.through
    }
    return false
  }

  /** A file is about to be unlinked: recounts without it. */
  recount(): void {
    this.#beyond = { countedTo: this.#through, rows: 0 }
  }

  /** The lowest position that may not have ended. */
  lowest(): number {
    let lowest = this.cursor() + 1
    for (const seq of this.#holes.keys()) lowest = Math.min(lowest, seq)
    for (const seq of this.#parked.keys()) lowest = Math.min(lowest, seq)
    return lowest
  }

  pending(): number {
    return this.#holes.size + this.#parked.size + this.#waitingAhead() + this.#waitingBeyond()
  }

  oldestPendingAt(): EpochMs | undefined {
    while (!this.#caughtUp && this.#waitingAhead() === 0) this.#readAhead()
    let oldest = this.#ahead[this.#next]?.receivedAt ?? Number.POSITIVE_INFINITY
    for (const receivedAt of this.#holes.values()) oldest = Math.min(oldest, receivedAt)
    for (const { receivedAt } of this.#parked.values()) oldest = Math.min(oldest, receivedAt)
    return oldest === Number.POSITIVE_INFINITY ? undefined : oldest
  }

  settled(): Iterable<SettledCount> {
    return this.#settled.all()
  }

  /** Every row up to here was settled, given out, or parked. */
  cursor(): number {
    const first = this.#ahead[this.#next]
    if (first !== undefined) return first.seq - 1
    return this.#caughtUp ? Math.max(this.#through, this.#source.lastSeq()) : this.#through
  }

  /** True if anything ended, was parked, or `resume` changed since the last `saved`. */
  get isTouched(): boolean {
    return this.#changed.touched
  }
  /** True if only the cursor moved: stored now and then, so that a start has less to read. */
  get isAhead(): boolean {
    return this.cursor() !== this.#savedCursor
  }

  /** The changes to store. */
  change(): QueueChange {
    const cursor = this.cursor()
    for (const seq of this.#skips) if (seq <= cursor) this.#skips.delete(seq)
    return {
      partner: this.partner,
      cursor,
      holes: [...this.#holes.keys()],
      skips: [...this.#skips].sort((a, b) => a - b),
      resume: this.#resume,
      park: [...this.#changed.parked.values()].filter((one) => one !== undefined),
      unpark: [...this.#changed.parked].filter(([, one]) => one === undefined).map(([seq]) => seq),
      settled: this.#settled.changed(),
    }
  }

  /** The store has written the last `change`, and nothing happened in between. */
  saved(): void {
    this.#changed = { touched: false, parked: new Map() }
    this.#settled.saved()
    this.#savedCursor = this.cursor()
  }

  #count({ state, why }: Pick<SettledCount, 'state' | 'why'>, by: number): void {
    this.#changed.touched = true
    this.#settled.add(state, why, by)
  }

  #readAhead(): void {
    const { rows, through } = this.#source.readAhead(this.partner, this.#through, READ_AHEAD)
    this.#ahead = rows.filter(({ seq }) => !this.#skips.has(seq))
    this.#next = 0
    if (through <= this.#beyond.countedTo) this.#beyond.rows -= rows.length
    else this.#beyond = { countedTo: through, rows: 0 }
    this.#through = through
    if (through >= this.#source.lastSeq()) this.#caughtUp = true
  }

  #waitingAhead(): number {
    return this.#ahead.length - this.#next
  }

  #waitingBeyond(): number {
    if (this.#caughtUp) return 0
    const end = this.#source.lastSeq()
    if (end > this.#beyond.countedTo) {
      this.#beyond.rows += this.#source.count(this.partner, this.#beyond.countedTo, end)
      this.#beyond.countedTo = end
    }
    return this.#beyond.rows - this.#skipped(this.#through, Number.MAX_SAFE_INTEGER)
  }

  #waitingIn(after: number, through: number): number {
    let waiting = 0
    for (let index = this.#next; index < this.#ahead.length; index++) {
      const { seq } = this.#ahead[index] as RowHead
      if (seq > after && seq <= through) waiting += 1
    }
    const from = Math.max(after, this.#through)
    if (this.#caughtUp || through <= from) return waiting
    return waiting + this.#source.count(this.partner, from, through) - this.#skipped(from, through)
  }

  /** Rows that the files count as pending but are not. */
  #skipped(after: number, through: number): number {
    let skipped = 0
    for (const seq of this.#skips) if (seq > after && seq <= through && this.#source.holds(seq)) skipped += 1
    return skipped
  }
}

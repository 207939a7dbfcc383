/**
 * Numbers that all data threads share for each partner: its breaker's state, its rate limit and its requests in flight.
 * They are in shared memory, found by the partner's id without messages.
 */
import { hash } from 'node:crypto'
import type { PartnerId } from '../model/brand.ts'

/** Maximum number of partners during the process's lifetime. */
const PARTNERS = 4_096
/** Maximum number of sending threads. */
const PLACES = 16
const NAMES = [
  'id',
  'failuresInARow',
  'openUntil',
  'retryAfterUntil',
  'probe',
  'closings',
  'failures',
  'failingSince',
  'lastErrorAt',
  'eventsPace',
  'relayPace',
  'inFlight',
] as const
type Name = (typeof NAMES)[number]
const WORDS = NAMES.length + PLACES
const WORD_BYTES = 8

/** One whole number. */
export class Cell {
  readonly #words: BigInt64Array
  readonly #at: number

  constructor(words: BigInt64Array = new BigInt64Array(1), at = 0) {
    this.#words = words
    this.#at = at
  }
  get(): number {
    return Number(Atomics.load(this.#words, this.#at))
  }
  set(value: number): void {
    Atomics.store(this.#words, this.#at, BigInt(Math.round(value)))
  }
  /** The sum. */
  add(by: number): number {
    const added = BigInt(Math.round(by))
    return Number(Atomics.add(this.#words, this.#at, added) + added)
  }
  /** Changes nothing and returns false if the current value is not `from`. */
  swap(from: number, to: number): boolean {
    const before = BigInt(from)
    return Atomics.compareExchange(this.#words, this.#at, before, BigInt(Math.round(to))) === before
  }
  /** Raises the value; never lowers it. */
  raise(to: number): void {
    for (let now = this.get(); now < to && !this.swap(now, to); now = this.get());
  }
}

/** Envelopes in flight, across threads. */
export interface Seats {
  /** Takes up to `wanted`, while at most `most` are taken. */
  take(most: number, wanted: number): number
  leave(seats: number): void
}

export type PartnerCells = Readonly<Record<Exclude<Name, 'id' | 'inFlight'>, Cell>> & { readonly seats: Seats }

export interface SharedCells {
  /** For `createSharedCells` in another thread. */
  readonly memory: SharedArrayBuffer
  /** This thread's number, from 0. */
  readonly place: number
  readonly threads: number
  of(partner: PartnerId): PartnerCells
  /** A thread has ended and has nothing in flight. */
  release(place: number): void
}

export function createSharedCells(
  place = 0,
  threads = 1,
  memory = new SharedArrayBuffer(PARTNERS * WORDS * WORD_BYTES),
): SharedCells {
  const words = new BigInt64Array(memory)
  const known = new Map<PartnerId, PartnerCells>()
  /** The partner's own slot, or the first free one after the position given by the id's hash. */
  const slotOf = (partner: PartnerId): number => {
    // Never 0, which marks a free slot.
    const id = BigInt(`0x${hash('sha256', partner).slice(0, 15)}`) + 1n
    const first = Number(id % BigInt(PARTNERS))
    for (let step = 0; step < PARTNERS; step++) {
      const at = ((first + step) % PARTNERS) * WORDS
      const found = Atomics.compareExchange(words, at, 0n, id)
      if (found === 0n || found === id) return at
    }
    throw new RangeError(`no room for more than ${PARTNERS} partners`)
  }
  const seatsAt = (slot: number): Seats => {
    const all = new Cell(words, slot + NAMES.indexOf('inFlight'))
    const own = new Cell(words, slot + NAMES.length + place)
    return {
      take: (most, wanted) => {
        for (;;) {
          const taken = all.get()
          const seats = Math.min(wanted, most - taken)
          if (seats <= 0) return 0
          if (!all.swap(taken, taken + seats)) continue
          own.add(seats)
          return seats
        }
      },
      leave: (seats) => {
        own.add(-seats)
        all.add(-seats)
      },
    }
  }
  return {
    memory,
    place,
    threads,
    of: (partner) => {
      let cells = known.get(partner)
      if (cells === undefined) {
        const slot = slotOf(partner)
        const named = NAMES.map((name, index) => [name, new Cell(words, slot + index)])
        cells = { ...(Object.fromEntries(named) as Record<Name, Cell>), seats: seatsAt(slot) }
        known.set(partner, cells)
      }
      return cells
    },
    release: (ended) => {
      for (let slot = 0; slot < words.length; slot += WORDS) {
        if (Atomics.load(words, slot) === 0n) continue
        new Cell(words, slot + NAMES.indexOf('probe')).swap(ended + 1, 0)
        const own = Atomics.exchange(words, slot + NAMES.length + ended, 0n)
        Atomics.sub(words, slot + NAMES.indexOf('inFlight'), own)
      }
    },
  }
}

/** How many pairs of one partner have ended, by end and reason; and which of these counts are not stored yet. */
import type { SettledState } from '../model/disclosure.ts'
import type { Reason } from '../model/reason.ts'
import type { SettledCount } from './store.ts'

export class SettledCounts {
  readonly #counts = new Map<string, SettledCount>()
  #changed = new Set<string>()

  /** A stored count. */
  put(count: SettledCount): void {
    this.#counts.set(keyOf(count.state, count.why), count)
  }

  add(state: SettledState, why: Reason | '', by: number): void {
    if (by === 0) return
    const key = keyOf(state, why)
    this.#counts.set(key, { state, why, count: this.of(state, why) + by })
    this.#changed.add(key)
  }

  of(state: SettledState, why: Reason | ''): number {
    return this.#counts.get(keyOf(state, why))?.count ?? 0
  }

  all(): Iterable<SettledCount> {
    return this.#counts.values()
  }

  /** Since the last `saved`. */
  changed(): readonly SettledCount[] {
    return [...this.#changed].flatMap((key) => this.#counts.get(key) ?? [])
  }

  saved(): void {
    this.#changed = new Set()
  }
}

function keyOf(state: SettledState, why: Reason | ''): string {
  return `${state}:${why}`
}

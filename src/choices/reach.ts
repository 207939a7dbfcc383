/**
 * A choice on its way along links, in steps, so that a person with very many identities holds up nobody else's opt-out.
 * Nothing is acknowledged before it has reached all of them. Between two steps the links may grow: who is linked to
 * somebody reached already has the choice from there (`join`).
 */
import type { IdentityKey } from '../model/brand.ts'
import { type Placed, place } from './propagate.ts'
import type { StatementStore } from './store.ts'

/** Identities one choice reaches at most: far more than people have. Beyond it the answer is that it does not hold. */
export const MAX_REACH = 65_536
/** Identities reached in one transaction, some 25 ms. */
export const REACHED_AT_ONCE = 1_024

export interface Reach {
  /** All so far, those it was said of first. */
  readonly reached: ReadonlySet<IdentityKey>
  /** Goes on, inside the only writer's transaction. True where it has reached all, or as many as it may. */
  step(store: StatementStore, atOnce?: number): boolean
  /** False where there were more than it may reach. */
  isComplete(): boolean
  /** Remembers how far it is. The function goes back there, for steps of a transaction that is run again. */
  mark(): () => void
}

/** @param statement stands on `start` already */
export function createReach(statement: Placed, start: readonly IdentityKey[], max = MAX_REACH): Reach {
  const reached = new Set(start)
  const queue = [...reached]
  let next = 0
  let complete = true
  return {
    reached,
    isComplete: () => complete,
    mark: () => {
      const before = { length: queue.length, next, complete }
      return () => {
        for (const key of queue.splice(before.length)) reached.delete(key)
        next = before.next
        complete = before.complete
      }
    },
    step: (store, atOnce = REACHED_AT_ONCE) => {
      const until = reached.size + atOnce
      while (next < queue.length) {
        for (const neighbour of store.neighbours(queue[next]!, max + 1)) {
          if (reached.has(neighbour)) continue
          if (reached.size >= max) {
            complete = false
            store.count('walks_cut_short', 1)
            return true
          }
          // The rest of this one's neighbours come with the next step.
          if (reached.size >= until) return false
          reached.add(neighbour)
          queue.push(neighbour)
          place(store, statement, neighbour, false)
        }
        next++
      }
      return true
    },
  }
}

/** A step for each of them, the statements' own order kept. True where all have reached all. */
export function stepAll(store: StatementStore, reaches: readonly Reach[]): boolean {
  let done = true
  for (const reach of reaches) if (!reach.step(store)) done = false
  return done
}

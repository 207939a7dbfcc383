/**
 * Propagates a choice along links in steps, so that a subject with very many identities does not delay other opt-outs. The
 * choice is acknowledged only after it has reached all of them. Links may be added between steps: a new link to an identity
 * already reached copies the choice itself (`join`).
 */
import type { IdentityKey } from '../model/brand.ts'
import { type Placed, place } from './propagate.ts'
import type { StatementStore } from './store.ts'

/** Most identities of one choice, far more than a subject has. With more, the choice is not acknowledged. */
export const MAX_REACH = 65_536
/** Identities reached in one transaction: about 25 ms. */
export const REACHED_AT_ONCE = 1_024

export interface Reach {
  /** All so far, the named ones first. */
  readonly reached: ReadonlySet<IdentityKey>
  /** Runs one step in the single writer's transaction. True once it has reached all, or `max`. */
  step(store: StatementStore, atOnce?: number): boolean
  /** False if there were more than `max`. */
  isComplete(): boolean
  /** Saves the progress; the returned function restores it, for a transaction that is retried. */
  mark(): () => void
}

/** @param statement already active on `start` */
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
          // The remaining neighbours follow in the next step.
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

/** Runs one step of each, in order. True once all are done. */
export function stepAll(store: StatementStore, reaches: readonly Reach[]): boolean {
  let done = true
  for (const reach of reaches) if (!reach.step(store)) done = false
  return done
}

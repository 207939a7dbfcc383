/** Stores how pairs ended: settlements share a transaction and a sync, as events do. */
import type { EpochMs, PartnerId } from '../model/brand.ts'
import type { Settlement } from '../model/disclosure.ts'
import { GatewayError } from '../model/errors.ts'
import type { Books } from './books.ts'
import type { Reader } from './claims.ts'
import type { PartnerQueue } from './partner-queue.ts'
import type { DeadLetterRow, EventStore, StateChange, StateStore } from './store.ts'
import type { PackedSettle } from './wire.ts'

/** Delay of the next write after a failure. */
const RETRY_MS = 1_000

export interface SettleParts {
  readonly events: Pick<EventStore, 'find'>
  readonly state: Pick<StateStore, 'save'>
  readonly books: Books
  readonly lingerMs: number
  readonly now: () => EpochMs
}

export interface FlushAlso {
  readonly fold?: StateChange['fold']
  /** Progress of partners without settlements. */
  readonly cursors?: boolean
}

export interface Settler {
  /**
   * Resolves once durable. Rejects with `ERR_INTAKE_UNAVAILABLE` on a write error: it is then not durable yet, will be
   * retried, and may be repeated.
   */
  settle(packed: PackedSettle, reader?: Reader): Promise<void>
  /** Ends one pair that is in flight or parked. False if it is neither. */
  end(queue: PartnerQueue, seq: number, settlement: Settlement, why?: string): boolean
  /** Removes a dead letter from the list. Durable after the next flush. */
  unlist(seq: number, partner: PartnerId): void
  /** Schedules a write of the changes since the last flush. */
  changed(): void
  /** Writes all changes now. Throws on a write error. */
  flush(also?: FlushAlso): void
  /** True while the last write failed: nothing may be given out. */
  isRefused(): boolean
  /** Stops automatic retries. */
  stop(): void
}

interface Waiting {
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

export function createSettler({ events, state, books, lingerMs, now }: SettleParts): Settler {
  let dead: DeadLetterRow[] = []
  let undead: Pick<DeadLetterRow, 'seq' | 'partner'>[] = []
  let waiting: Waiting[] = []
  let timer: NodeJS.Timeout | undefined
  let refused = false

  const schedule = (delayMs: number): void => {
    timer ??= setTimeout(flushWaiting, delayMs)
  }
  const changed = (): void => schedule(lingerMs)

  const write = ({ fold, cursors = false }: FlushAlso): void => {
    const queues = [...books.queues.values()].filter((queue) => queue.isTouched || (cursors && queue.isAhead))
    if (queues.length === 0 && dead.length === 0 && undead.length === 0 && fold === undefined) return
    state.save({ queues: queues.map((queue) => queue.change()), dead, undead, ...(fold && { fold }) })
    for (const queue of queues) queue.saved()
    dead = []
    undead = []
  }
  const flush: Settler['flush'] = (also = {}) => {
    clearTimeout(timer)
    timer = undefined
    const group = waiting
    waiting = []
    try {
      write(also)
    } catch (error) {
      refused = true
      for (const { reject } of group) reject(error)
      schedule(RETRY_MS)
      throw error
    }
    refused = false
    for (const { resolve } of group) resolve()
  }
  /** For the timer: the waiting callers were rejected, and the next try is scheduled. */
  function flushWaiting(): void {
    try {
      flush()
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
    }
  }

  const end: Settler['end'] = (queue, seq, settlement, why) => {
    const ended = queue.end(seq, settlement)
    if (ended === undefined) return false
    const { attempts } = ended
    const said = why ?? deathOf(settlement, attempts)
    if (said !== undefined) {
      const event = events.find(seq)?.route.event ?? ''
      dead.push({ seq, partner: queue.partner, event, at: now(), attempts, why: said })
    }
    return true
  }

  return {
    settle: (packed, reader) => {
      const queue = books.queues.get(packed.partner)
      if (queue === undefined) return Promise.resolve()
      let retry = 0
      for (const [index, seq] of packed.seqs.entries()) {
        const settlement = packed.ends[packed.end[index]!]
        if (settlement !== undefined) end(queue, seq, settlement)
        else {
          queue.park(seq, packed.attempt[retry]!, packed.retryAt[retry]!)
          retry += 1
        }
      }
      queue.resume = reader === undefined ? packed.resume : queue.claims.settled(reader, packed.resume)
      changed()
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }))
    },
    end,
    unlist: (seq, partner) => {
      undead.push({ seq, partner })
    },
    changed,
    flush,
    isRefused: () => refused,
    stop: () => clearTimeout(timer),
  }
}

const GAVE_UP = 'gave up'

/** False for a pair that may have been disclosed, or whose event is damaged: it must not be retried. */
export function mayTryAgain({ why }: Pick<DeadLetterRow, 'why'>): boolean {
  return why.startsWith(GAVE_UP)
}

/** The dead letter of an end; undefined for ends that need no review. */
function deathOf({ state, cause }: Settlement, attempts: number): string | undefined {
  const because = cause === undefined ? '' : `: ${cause}`
  if (state === 'dead') return `${GAVE_UP} after ${attempts === 1 ? '1 try' : `${attempts} tries`}${because}`
  if (state === 'unresolved') return `sent, and the answer was lost: it counts as disclosed${because}`
  return undefined
}

/**
 * A generation number shared by all threads, and for each identity the generation of its last change. A change takes four
 * steps, in this order:
 *
 *   commit      the change is durable, and look-ups find it
 *   mark        the changed identities get the next generation (`last-changed.ts`)
 *   generation  is incremented: older stamps must check their own identities, and those of marked ones are stale
 *   confirm     every data thread has finished the turn in which it may have compared an older stamp
 *
 * A stamp is taken before its look-up. Marks exceed every stamp taken before the commit, also under concurrent marking, so a
 * look-up that missed the change is stale. An opt-out is in force, and may be acknowledged, only after the last step.
 */
import { randomBytes } from 'node:crypto'
import { BroadcastChannel } from 'node:worker_threads'
import { GatewayError } from '../model/errors.ts'
import { type Changed, createLastChanged, EVERYONE, LAST_CHANGED_WORDS } from './last-changed.ts'
import type { Freshness, Stamp } from './ports.ts'

/** Longest wait of `publish` for the data threads. */
export const DEFAULT_BOUND_MS = 2_000
/** Default number of data threads that may register. */
const DEFAULT_THREADS = 16

/**
 * Layout, in 32-bit words: the generation; four words that name the channel; two for each thread (registered, confirmed
 * generation); the words of `last-changed.ts`.
 */
const GENERATION = 0
const NAME = 1
const NAME_WORDS = 4
const SLOTS = NAME + NAME_WORDS
const SLOT_WORDS = 2

export interface FreshnessOptions {
  /** Longest wait of `publish` for the data threads. Default 2,000. */
  readonly boundMs?: number
  /** Calls `ring` once after `ms` unless cancelled by the returned function. Default `setTimeout`. */
  readonly startTimer?: (ms: number, ring: () => void) => () => void
  /** First generation of new memory. Default 0. */
  readonly generation?: number
}

/** A thread that disclosures begin on. */
export interface DataThread {
  /** Identifies the thread to `releaseDataThread`. */
  readonly slot: number
  /** Call when the thread begins no more disclosures: `publish` stops waiting for it. */
  release(): void
}

/** Whether a data thread has confirmed the current generation, so that no older stamp is used there. */
export interface Confirmation {
  readonly worker: number
  readonly inForce: boolean
}

export interface SharedFreshness extends Freshness {
  /** Every registered data thread. */
  confirmations(): readonly Confirmation[]
  /** Pass it to `createFreshness` in another thread to share the state. */
  readonly buffer: SharedArrayBuffer
  /**
   * Registers the calling thread as one that `publish` waits for. MUST be called before the thread's first look-up. The
   * thread confirms each generation in a `setImmediate`, after the current turn has ended. Throws `RangeError` if no slot
   * is free.
   * @param slot the one to take, for a thread that may end before it can name its slot. Default: the first free one
   */
  registerDataThread(slot?: number): DataThread
  /** For a data thread that ended without releasing: it will never confirm, and it begins no disclosure either. */
  releaseDataThread(slot: number): void
  /** For each data thread, the number of unconfirmed generations. Usually 0. */
  behind(): readonly { readonly thread: number; readonly generations: number }[]
  /** Stops listening. Stamps keep working; `publish` does not. */
  close(): void
}

/**
 * The generation has 32 bits and wraps: a stamp would look current again only after 2^32 changes.
 *
 * `publish` rejects with `ERR_CHOICES_UNAVAILABLE` if a data thread does not confirm in time. The change is kept and every
 * older stamp is stale, but it is not proven to be in force and MUST NOT be acknowledged.
 * @param from the maximum number of data threads (default 16), or another thread's `buffer`
 */
export function createFreshness(
  from: number | SharedArrayBuffer = DEFAULT_THREADS,
  { boundMs = DEFAULT_BOUND_MS, startTimer = startTimeout, generation: begin = 0 }: FreshnessOptions = {},
): SharedFreshness {
  const buffer = typeof from === 'number' ? allocate(from, begin) : from
  const words = new Int32Array(buffer)
  const slots = Array.from({ length: (words.length - SLOTS - LAST_CHANGED_WORDS) / SLOT_WORDS }, (_, slot) => slot)
  const lastChanged = createLastChanged(words, SLOTS + slots.length * SLOT_WORDS)
  const waiting = new Set<() => void>()
  let own: number | undefined
  let isConfirming = false
  let channel: BroadcastChannel | undefined

  const listen = (): BroadcastChannel => {
    if (channel !== undefined) return channel
    channel = new BroadcastChannel(`freshness ${words.slice(NAME, NAME + NAME_WORDS).join()}`)
    channel.onmessage = () => {
      if (own !== undefined && !hasConfirmed(own, Atomics.load(words, GENERATION))) confirmSoon()
      for (const check of waiting) check()
    }
    channel.unref()
    return channel
  }
  const hasConfirmed = (slot: number, generation: number): boolean =>
    Atomics.load(words, countsAt(slot)) === 0 || ((Atomics.load(words, confirmedAt(slot)) - generation) | 0) >= 0
  const confirmSoon = (): void => {
    if (isConfirming) return
    isConfirming = true
    setImmediate(() => {
      isConfirming = false
      if (own === undefined) return
      Atomics.store(words, confirmedAt(own), Atomics.load(words, GENERATION))
      tellOthers()
      for (const check of waiting) check()
    })
  }
  const tellOthers = (): void => {
    const isAlone = slots.every((slot) => slot === own || Atomics.load(words, countsAt(slot)) === 0)
    if (channel !== undefined || !isAlone) listen().postMessage(null)
  }
  const raise = (changed: Changed): number => {
    lastChanged.mark(changed, (Atomics.load(words, GENERATION) + 1) | 0)
    const generation = (Atomics.add(words, GENERATION, 1) + 1) | 0
    lastChanged.sweep(generation)
    return generation
  }
  const release = (slot: number): void => {
    Atomics.store(words, countsAt(slot), 0)
    if (slot === own) own = undefined
    tellOthers()
    for (const check of waiting) check()
  }

  return {
    buffer,
    stamp: () => Atomics.load(words, GENERATION),
    isCurrent: (stamp: Stamp, keys) => {
      if (Atomics.load(words, GENERATION) === stamp) return true
      return keys !== undefined && !lastChanged.hasChangedSince(stamp, keys)
    },
    outdate: (changed) => {
      if (changed.length === 0) return
      raise(changed)
      if (own !== undefined) confirmSoon()
      tellOthers()
    },
    confirmations: () => {
      const generation = Atomics.load(words, GENERATION)
      const counted = slots.filter((slot) => Atomics.load(words, countsAt(slot)) !== 0)
      return counted.map((worker) => ({ worker, inForce: hasConfirmed(worker, generation) }))
    },
    publish: (changed = EVERYONE) => {
      const generation = raise(changed)
      const late = (): readonly number[] => slots.filter((slot) => !hasConfirmed(slot, generation))
      if (late().length === 0) return Promise.resolve()
      return new Promise<void>((resolve, reject) => {
        const check = (): void => {
          if (late().length > 0) return
          waiting.delete(check)
          stopTimer()
          resolve()
        }
        const giveUp = (): void => {
          if (!waiting.delete(check)) return
          const missing = late()
          const cause = new Error(`data threads ${missing.join()} did not confirm`)
          if (missing.length === 0) resolve()
          else reject(new GatewayError('ERR_CHOICES_UNAVAILABLE', {}, cause))
        }
        // After a long pause of this thread the timer fires before a pending confirmation: give that a turn first.
        const stopTimer = startTimer(boundMs, () => setImmediate(() => setImmediate(giveUp)))
        waiting.add(check)
        if (own !== undefined) confirmSoon()
        tellOthers()
        check()
      })
    },
    registerDataThread: (wanted) => {
      if (own !== undefined) throw new RangeError('this thread is registered already')
      const slot = (wanted === undefined ? slots : [wanted]).find(
        (free) => Atomics.compareExchange(words, countsAt(free), 0, 1) === 0,
      )
      if (slot === undefined) throw new RangeError(`no room for more than ${slots.length} data threads`)
      own = slot
      listen()
      Atomics.store(words, confirmedAt(slot), Atomics.load(words, GENERATION))
      tellOthers()
      return { slot, release: () => release(slot) }
    },
    releaseDataThread: release,
    behind: () => {
      const generation = Atomics.load(words, GENERATION)
      return slots
        .filter((slot) => Atomics.load(words, countsAt(slot)) === 1)
        .map((slot) => ({ thread: slot, generations: (generation - Atomics.load(words, confirmedAt(slot))) | 0 }))
    },
    close: () => {
      channel?.close()
      channel = undefined
    },
  }
}

function allocate(threads: number, generation: number): SharedArrayBuffer {
  const first = SLOTS + threads * SLOT_WORDS
  const buffer = new SharedArrayBuffer((first + LAST_CHANGED_WORDS) * Int32Array.BYTES_PER_ELEMENT)
  const words = new Int32Array(buffer)
  words[GENERATION] = generation
  words.fill(generation, first)
  new Uint8Array(buffer, NAME * 4, NAME_WORDS * 4).set(randomBytes(NAME_WORDS * 4))
  return buffer
}

function countsAt(slot: number): number {
  return SLOTS + slot * SLOT_WORDS
}

function confirmedAt(slot: number): number {
  return SLOTS + slot * SLOT_WORDS + 1
}

function startTimeout(ms: number, ring: () => void): () => void {
  const timer = setTimeout(ring, ms)
  return () => clearTimeout(timer)
}

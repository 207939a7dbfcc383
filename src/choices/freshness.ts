/**
 * One generation number that all threads share, and for each identity the one at which it last changed. Whoever changes
 * what stands goes through four steps, in this order:
 *
 *   commit      what changed is durable, and look-ups find it
 *   mark        those whose state changed get the next generation (`last-changed.ts`)
 *   generation  goes up: every older stamp has to look whether its own people were marked, and theirs are stale
 *   confirm     every data thread has ended the turn in which it may have compared a stamp before
 *
 * A stamp is taken before its look-up. Marks are above every stamp that was taken before the commit, whoever else marks at
 * the same time: a look-up that missed the change is stale. Only after the last step is an opt-out in force, and only then
 * may it be acknowledged.
 */
import { randomBytes } from 'node:crypto'
import { BroadcastChannel } from 'node:worker_threads'
import { GatewayError } from '../model/errors.ts'
import { type Changed, createLastChanged, EVERYONE, LAST_CHANGED_WORDS } from './last-changed.ts'
import type { Freshness, Stamp } from './ports.ts'

/** How long `publish` waits for every data thread, in milliseconds. */
export const DEFAULT_BOUND_MS = 2_000
/** Data threads that may register at once unless told otherwise. */
const DEFAULT_THREADS = 16

/**
 * Layout, in 32-bit words: generation, four that name the channel, then two a thread: whether it counts, confirmed; then
 * those of `last-changed.ts`.
 */
const GENERATION = 0
const NAME = 1
const NAME_WORDS = 4
const SLOTS = NAME + NAME_WORDS
const SLOT_WORDS = 2

export interface FreshnessOptions {
  /** How long `publish` waits for every data thread, in milliseconds. Default 2,000. */
  readonly boundMs?: number
  /** Calls back once after so many milliseconds unless cancelled by the function it returns. Default `setTimeout`. */
  readonly startTimer?: (ms: number, ring: () => void) => () => void
  /** Where new memory begins to count. Default 0. */
  readonly generation?: number
}

/** A thread that disclosures begin on. */
export interface DataThread {
  /** Names the thread to `releaseDataThread`. */
  readonly slot: number
  /** The thread begins no more disclosures: publishing stops waiting for it. */
  release(): void
}

/** Whether a data thread has confirmed the current generation: then nothing older begins there. */
export interface Confirmation {
  readonly worker: number
  readonly inForce: boolean
}

export interface SharedFreshness extends Freshness {
  /** Every registered data thread, as it stands now. */
  confirmations(): readonly Confirmation[]
  /** What another thread needs to take part: `createFreshness(buffer)` there. */
  readonly buffer: SharedArrayBuffer
  /**
   * Counts the calling thread among those `publish` waits for. MUST be called before the thread's first look-up. It then
   * confirms each generation in a `setImmediate`, when whatever ran as it was published has ended. Throws a `RangeError`
   * when there is no room left.
   */
  registerDataThread(): DataThread
  /** For whoever saw a data thread end without releasing: it will never confirm, and it begins nothing either. */
  releaseDataThread(slot: number): void
  /** For each data thread: generations it has not confirmed yet. 0 for all unless something changed just now. */
  behind(): readonly { readonly thread: number; readonly generations: number }[]
  /** Stops listening. `publish` no longer works, stamps still do. */
  close(): void
}

/**
 * The generation is 32 bits wide and wraps: a stamp would look current again only if it outlived some 2^32 changes.
 *
 * `publish` rejects with `ERR_CHOICES_UNAVAILABLE` when a data thread does not confirm in time: the change is kept and
 * every older stamp is stale, but it is not proven to be in force, so nobody may be told that it is.
 * @param from the number of data threads there may be (default 16), or another thread's `buffer`
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
        // A long pause of this very thread rings the timer before the confirmation had its turn.
        const stopTimer = startTimer(boundMs, () => setImmediate(() => setImmediate(giveUp)))
        waiting.add(check)
        if (own !== undefined) confirmSoon()
        tellOthers()
        check()
      })
    },
    registerDataThread: () => {
      if (own !== undefined) throw new RangeError('this thread is registered already')
      const slot = slots.find((free) => Atomics.compareExchange(words, countsAt(free), 0, 1) === 0)
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

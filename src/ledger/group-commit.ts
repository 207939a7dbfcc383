/** Queues calls to the ledger's one writer. Everything queued while one commit syncs becomes the next commit. */
import { setImmediate as turn } from 'node:timers/promises'
import type { IdentityKey } from '../model/brand.ts'
import { GatewayError } from '../model/errors.ts'
import type { Frames } from './frames.ts'
import { historiesFrom } from './histories.ts'
import type { LedgerKeys } from './keys.ts'
import type { PairHistory } from './ports.ts'
import type { LedgerWriter } from './writer.ts'

/** Shared with other threads without messages. */
export interface LedgerState {
  state: 'starting' | 'ok' | 'disk_full' | 'failed' | 'closed'
  /** Durable records. */
  size: number
  /** Duration of the last commit, sync included. */
  lastCommitMs: number
}

export interface ForgetCall {
  readonly identities: readonly IdentityKey[]
  readonly subjects: readonly number[]
}

export interface GroupCommitParts {
  readonly writer: LedgerWriter
  readonly keys: Pick<LedgerKeys, 'forget' | 'close'>
  readonly state: LedgerState
  readonly checkpointMs: number
}

interface Waiting {
  readonly frames: Frames
  readonly resolve: (base: number) => void
  readonly reject: (error: Error) => void
}

/** A commit with this many leaves takes no further append. */
const GROUP_LEAVES = 4_096
/** Interval between retries on a full disk. */
const PROBE_MS = 1_000

export class GroupCommit {
  readonly #checkpointMs: number
  readonly #state: LedgerState
  readonly #writer: LedgerWriter
  readonly #keys: GroupCommitParts['keys']
  #waiting: Waiting[] = []
  #scheduled = false
  #timer: NodeJS.Timeout | undefined

  constructor({ writer, keys, state, checkpointMs }: GroupCommitParts) {
    this.#checkpointMs = checkpointMs
    this.#state = state
    this.#keys = keys
    this.#writer = writer
    this.#state.size = this.#writer.size
    this.#state.state = 'ok'
    this.#schedule()
  }

  append(frames: Frames): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ frames, resolve, reject })
      this.#schedule()
    })
  }

  histories(from: number): Promise<readonly PairHistory[]> {
    return historiesFrom(from, {
      page: (seq, max) => this.#writer.segments.page(seq, max),
      breathe: () => turn(),
    })
  }

  /** Throws `ERR_LEDGER_UNAVAILABLE` on a full disk: the caller must know that nothing was erased. */
  forget({ identities, subjects }: ForgetCall): void {
    this.#keys.forget(identities)
    this.#orEnd(() => {
      // Commit the queue first, so that none of the subject's records follows.
      while (this.#waiting.length > 0) this.#commitNext()
      this.#show(this.#writer.forget({ subjects, identities }))
    })
    if (this.#state.state !== 'ok') throw new GatewayError('ERR_LEDGER_UNAVAILABLE', { why: this.#state.state })
  }

  /** See `LedgerWriter.resolve`. Throws `ERR_LEDGER_UNAVAILABLE` on a full disk. */
  resolve(sender: number): void {
    this.#orEnd(() => {
      // What the thread handed over before it ended is in the queue.
      while (this.#waiting.length > 0) this.#commitNext()
      this.#show(this.#writer.resolve(sender))
    })
    if (this.#state.state !== 'ok') throw new GatewayError('ERR_LEDGER_UNAVAILABLE', { why: this.#state.state })
  }

  dropBelow(floor: number): void {
    this.#writer.segments.dropBelow(floor)
  }

  close(): void {
    while (this.#waiting.length > 0) this.#commitNext()
    clearTimeout(this.#timer)
    this.#writer.close()
    this.#keys.close()
    this.#state.state = 'closed'
  }

  #schedule(): void {
    if (this.#waiting.length > 0 && !this.#scheduled) {
      this.#scheduled = true
      setImmediate(() => {
        this.#scheduled = false
        this.#orEnd(() => this.#commitNext())
        this.#schedule()
      })
    }
    if (this.#timer === undefined && (this.#state.state === 'disk_full' || this.#writer.needsTick)) {
      const waitMs = this.#state.state === 'disk_full' ? PROBE_MS : this.#checkpointMs
      this.#timer = setTimeout(() => {
        this.#timer = undefined
        this.#orEnd(() => this.#show(this.#state.state === 'disk_full' ? this.#writer.probe() : this.#writer.tick()))
        this.#schedule()
      }, waitMs)
    }
  }

  /** An error here is uncaught and ends the thread, which rejects every pending call. */
  #orEnd(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#state.state = 'failed'
      throw error
    }
  }

  #commitNext(): void {
    const group = this.#takeGroup()
    if (group.length === 0) return
    const base = this.#writer.size
    const started = performance.now()
    const written = this.#writer.commit(group.map(({ frames }) => frames))
    this.#state.lastCommitMs = performance.now() - started
    this.#show(written)
    let before = base
    for (const { frames, resolve, reject } of group) {
      if (written === 'durable') resolve(before)
      else reject(new GatewayError('ERR_LEDGER_UNAVAILABLE', { why: written }))
      before += frames.count
    }
  }

  #takeGroup(): readonly Waiting[] {
    let count = 0
    let taken = 0
    while (taken < this.#waiting.length && count < GROUP_LEAVES) count += this.#waiting[taken++]!.frames.count
    return this.#waiting.splice(0, taken)
  }

  #show(written: 'durable' | 'disk_full'): void {
    this.#state.size = this.#writer.size
    this.#state.state = written === 'durable' ? 'ok' : 'disk_full'
  }
}

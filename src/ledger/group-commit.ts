/** What is asked of the ledger's one writer, in order: everything queued while one commit syncs is the next commit. */
import { setImmediate as turn } from 'node:timers/promises'
import type { IdentityKey } from '../model/brand.ts'
import { GatewayError } from '../model/errors.ts'
import type { Frames } from './frames.ts'
import { historiesFrom } from './histories.ts'
import type { LedgerKeys } from './keys.ts'
import type { PairHistory } from './ports.ts'
import type { LedgerWriter } from './writer.ts'

/** Seen by other threads without a message. */
export interface LedgerState {
  state: 'starting' | 'ok' | 'disk_full' | 'failed' | 'closed'
  /** Records that are durable. */
  size: number
  /** How long the last commit took, sync included. */
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

/** Leaves after which a commit takes no further append with it. */
const GROUP_LEAVES = 4_096
/** How often a full disk is tried again, in milliseconds. */
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

  /** Whoever forgets must know that it is done: on a full disk it is not. */
  forget({ identities, subjects }: ForgetCall): void {
    this.#keys.forget(identities)
    this.#orEnd(() => {
      // What waits goes first, so that no record of theirs comes after.
      while (this.#waiting.length > 0) this.#commitNext()
      this.#show(this.#writer.forget({ subjects, identities }))
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

  /** What is thrown from here is uncaught and ends the thread; whoever waits for an answer is told by its end. */
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

/** The ledger's thread: the only writer of the ledger. Everything queued while one commit syncs is the next commit. */

import { type KeyObject, randomBytes } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import type { Frames } from '../ledger/frames.ts'
import { historiesFrom } from '../ledger/histories.ts'
import { unpack } from '../ledger/index/packed.ts'
import type { PairHistory } from '../ledger/ports.ts'
import { createSigner } from '../ledger/signer.ts'
import { LedgerWriter, type WriterLimits } from '../ledger/writer.ts'
import type { IdentityKey } from '../model/brand.ts'
import { GatewayError } from '../model/errors.ts'
import { LedgerFolder } from '../storage/sqlite/ledger-folder.ts'
import { IndexFolder } from '../storage/sqlite/ledger-index.ts'
import { belowFloor } from './ledger-keeping.ts'
import { createLedgerKeys, type LedgerKeys } from './ledger-keys.ts'
import { SharedLedgerState } from './ledger-state.ts'
import { serveCalls } from './rpc.ts'

/** What the thread is started with. */
export interface LedgerThreadData {
  readonly dataFolder: string
  readonly signingKey: KeyObject
  readonly origin: string
  readonly limits: WriterLimits
  readonly keyEncryptionKey: Uint8Array | undefined
  readonly commitmentKey: Uint8Array
  readonly sealValues: boolean
  readonly state: SharedArrayBuffer
}
/** What its `start` answers. */
export interface LedgerStarted {
  readonly unresolved: number
  /** Records below this number are no longer kept. */
  readonly floor: number
}

export interface ForgetCall {
  readonly identities: readonly IdentityKey[]
  readonly subjects: readonly number[]
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

class LedgerThread {
  readonly #limits: WriterLimits
  readonly #state: SharedLedgerState
  readonly #writer: LedgerWriter
  readonly #keys: LedgerKeys
  readonly #floor: number
  #waiting: Waiting[] = []
  #scheduled = false
  #timer: NodeJS.Timeout | undefined

  constructor(data: LedgerThreadData) {
    this.#limits = data.limits
    this.#state = new SharedLedgerState(data.state)
    this.#keys = createLedgerKeys(data, randomBytes)
    const store = new LedgerFolder(data.dataFolder)
    this.#floor = removePruned(store, data.dataFolder)
    this.#writer = new LedgerWriter({
      store,
      signer: createSigner(data.origin, data.signingKey),
      now: Date.now,
      elapsed: () => performance.now(),
      limits: data.limits,
      keyOf: this.#keys.keyOf,
      random: randomBytes,
    })
    this.#state.size = this.#writer.size
    this.#state.state = 'ok'
    this.#schedule()
  }

  /** What an interrupted pruning left goes before anything is read. */
  get floor(): number {
    return this.#floor
  }

  get unresolvedAtStart(): number {
    return this.#writer.unresolvedAtStart
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
      this.#show(this.#writer.forget(subjects))
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
      const waitMs = this.#state.state === 'disk_full' ? PROBE_MS : this.#limits.checkpointMs
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

/** What a pruning that was interrupted left below the floor; the floor. */
function removePruned(store: LedgerFolder, dataFolder: string): number {
  const floor = store.floor()?.size ?? 0
  const indexes = new IndexFolder(dataFolder, unpack)
  for (const first of belowFloor(store.segments(), floor)) {
    indexes.remove(first)
    store.remove(first)
  }
  return floor
}

/** Serves the calls of `ledger-client.ts`. An error that is not a full disk ends the thread: see `LedgerStore`. */
function serve(): void {
  const data = workerData as LedgerThreadData
  let thread: LedgerThread | undefined
  const running = (): LedgerThread => {
    if (thread === undefined) throw new GatewayError('ERR_LEDGER_UNAVAILABLE')
    return thread
  }
  if (parentPort === null) throw new Error('the ledger thread is started by startLedger')
  serveCalls(parentPort, {
    start: (): LedgerStarted => {
      thread = new LedgerThread(data)
      return { unresolved: thread.unresolvedAtStart, floor: thread.floor }
    },
    append: (frames: Frames) => running().append(frames),
    histories: (from: number) => running().histories(from),
    forget: (call: ForgetCall) => running().forget(call),
    dropBelow: (floor: number) => running().dropBelow(floor),
    close: () => thread?.close(),
  })
}

serve()

/** The ledger as other rooms see it. Encodes on the calling thread; everything else runs in the worker. */
import { createPrivateKey, type KeyObject, randomBytes } from 'node:crypto'
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import { addFrames, type Frames, framesOf } from '../ledger/frames.ts'
import type { ForgetCall } from '../ledger/group-commit.ts'
import { LeafError } from '../ledger/leaf-error.ts'
import type { Ledger, PairHistory } from '../ledger/ports.ts'
import { createSigner } from '../ledger/signer.ts'
import { WRITER_LIMITS, type WriterLimits } from '../ledger/writer.ts'
import type { IdentityKey } from '../model/brand.ts'
import type { LedgerEntry } from '../model/disclosure.ts'
import { GatewayError } from '../model/errors.ts'
import type { ConnectCall, LedgerStarted, LedgerThreadData } from './ledger.ts'
import { SharedLedgerState } from './ledger-state.ts'
import { type Caller, callPort, callWorker } from './rpc.ts'
import { SHORT_LIVED } from './short-lived.ts'

export interface LedgerOptions {
  /** The gateway's data folder, created if missing; the ledger uses `ledger/` in it. */
  readonly dataFolder: string
  /** Ed25519 private key, PKCS#8 PEM or a key object. Signs checkpoints. */
  readonly signingKey: KeyObject | string
  /** The ledger's name in its checkpoints: one word without `+`, such as `sluice.example/ledger`. */
  readonly origin: string
  /**
   * 32 bytes that wrap the subjects' keys, which are in `keys/subjects.db` of the data folder. Without it records are
   * not linked to subjects.
   */
  readonly keyEncryptionKey?: Uint8Array
  /** 32 bytes: commits to items without a subject. Default: random, so that nothing can be recomputed. */
  readonly commitmentKey?: Uint8Array
  /** Stores what was sent in the records, sealed under the subject's key. Default false. */
  readonly sealValues?: boolean
  /** Defaults: `WRITER_LIMITS`. */
  readonly limits?: Partial<WriterLimits>
}

export interface StartedLedger extends Ledger {
  /** Records below this number were pruned. */
  floor(): number
  /** Records below the new floor are pruned. */
  dropBelow(floor: number): Promise<void>
  /** Releases destroyed keys, and which records of the active segment were about their subjects. */
  forget(identities: readonly IdentityKey[], subjects: readonly number[]): Promise<void>
  /** INTENTs left open by a crash; each got its OUTCOME `unresolved_assume_disclosed` before the start resolved. */
  readonly unresolvedAtStart: number
  /** The verifier key of its checkpoints: one line of a trust file. */
  readonly verifierKey: string
  /**
   * Calls back once if the writer ends without `close`: after a failed sync the handle cannot be trusted. The process
   * SHOULD restart, which reads the ledger again.
   */
  onLost(listener: (error: Error) => void): void
  /** A connection for another thread: see `ledgerThrough`. `sender` numbers the thread, and each restart of it anew. */
  connect(sender: number): LedgerWay
  /**
   * Such a thread has ended, and nothing that it sent is in flight: each of its INTENTs without an OUTCOME gets
   * `unresolved_assume_disclosed`. Resolves once durable; rejects with `ERR_LEDGER_UNAVAILABLE` while the disk is full.
   */
  resolve(sender: number): Promise<void>
}

export interface LedgerWay {
  readonly port: MessagePort
  readonly state: SharedArrayBuffer
}

/** The ledger on a thread, over a connection from `StartedLedger.connect`. */
export function ledgerThrough({ port, state }: LedgerWay): Ledger {
  const caller = callPort(port, 'ERR_LEDGER_UNAVAILABLE')
  return new LedgerClient(caller, new SharedLedgerState(state), { unresolved: 0, floor: 0 }, '')
}

/**
 * Recovers the ledger, or creates one, and resolves when it accepts appends. Rejects if the key or the origin is
 * invalid, if the files are damaged (the message says how), or if the disk is full. One ledger for each data folder.
 */
export async function startLedger(options: LedgerOptions): Promise<StartedLedger> {
  const { dataFolder, origin } = options
  const signingKey = typeof options.signingKey === 'string' ? createPrivateKey(options.signingKey) : options.signingKey
  const { verifierKey } = createSigner(origin, signingKey)
  const state = new SharedLedgerState()
  const limits = { ...WRITER_LIMITS, ...options.limits }
  const workerData: LedgerThreadData = {
    dataFolder,
    origin,
    signingKey,
    limits,
    state: state.memory,
    keyEncryptionKey: options.keyEncryptionKey,
    commitmentKey: options.commitmentKey ?? randomBytes(32),
    sealValues: options.sealValues ?? false,
  }
  const worker = new Worker(new URL('./ledger.ts', import.meta.url), {
    workerData,
    name: 'ledger',
    resourceLimits: SHORT_LIVED,
  })
  const caller = callWorker(worker, 'ERR_LEDGER_UNAVAILABLE')
  try {
    const started = await caller.call<LedgerStarted>('start')
    return new LedgerClient(caller, state, started, verifierKey)
  } catch (error) {
    await worker.terminate()
    throw error
  }
}

const LEAST_FRAMES_BYTES = 4_096
const MOST_FRAMES_BYTES = 1_048_576

/** The appends of one turn: they are sent, and become durable, together. */
interface Turn {
  readonly frames: Frames
  /** Resolves to the ledger's size before them. */
  readonly base: Promise<number>
}

class LedgerClient implements StartedLedger {
  readonly unresolvedAtStart: number
  readonly verifierKey: string
  readonly #caller: Caller
  readonly #state: SharedLedgerState
  #turn: Turn | undefined
  #closing: Promise<void> | undefined
  #lost = false
  #floor: number

  constructor(caller: Caller, state: SharedLedgerState, { unresolved, floor }: LedgerStarted, verifierKey: string) {
    this.#caller = caller
    this.#state = state
    this.unresolvedAtStart = unresolved
    this.#floor = floor
    this.verifierKey = verifierKey
    caller.onLost(() => {
      this.#lost = true
    })
  }

  append(records: readonly LedgerEntry[]): Promise<number> {
    if (this.#closing !== undefined)
      return Promise.reject(new GatewayError('ERR_LEDGER_UNAVAILABLE', { why: 'closed' }))
    if (records.length === 0) return Promise.resolve(this.size())
    try {
      const { frames, base } = this.#turnWith(records)
      const end = frames.count
      return base.then((before) => before + end)
    } catch (error) {
      if (!(error instanceof LeafError)) throw error
      const { problem, field } = error
      return Promise.reject(new GatewayError('ERR_LEDGER_UNAVAILABLE', { why: problem, field }, error))
    }
  }

  size(): number {
    return this.#state.size
  }

  histories(from: number): Promise<readonly PairHistory[]> {
    return this.#caller.call('histories', from)
  }

  floor(): number {
    return this.#floor
  }

  async dropBelow(floor: number): Promise<void> {
    await this.#caller.call('dropBelow', floor)
    this.#floor = floor
  }

  forget(identities: readonly IdentityKey[], subjects: readonly number[]): Promise<void> {
    const call: ForgetCall = { identities, subjects }
    return this.#caller.call('forget', call)
  }

  health(): { readonly writable: boolean; readonly why: string; readonly lastCommitMs: number } {
    const why = this.#lost ? 'lost' : this.#closing === undefined ? this.#state.state : 'closed'
    return { writable: why === 'ok', why, lastCommitMs: this.#state.lastCommitMs }
  }

  connect(sender: number): LedgerWay {
    const { port1, port2 } = new MessageChannel()
    void this.#caller.call('connect', { port: port1, sender } satisfies ConnectCall, [port1])
    return { port: port2, state: this.#state.memory }
  }

  resolve(sender: number): Promise<void> {
    return this.#caller.call('resolve', sender)
  }

  close(): Promise<void> {
    this.#closing ??= this.#caller.close()
    return this.#closing
  }

  onLost(listener: (error: Error) => void): void {
    this.#caller.onLost(listener)
  }

  /**
   * Adds to the call pending for the end of this turn, or begins another. A call's content is read when its message is
   * posted; the buffer is then detached, which tells the next append that it is too late.
   */
  #turnWith(records: readonly LedgerEntry[]): Turn {
    const turn = this.#turn
    if (turn !== undefined && !turn.frames.bytes.detached && addFrames(turn.frames, records)) return turn
    const frames = framesOf(records, roomAfter(turn?.frames))
    const base = this.#caller.call<number>('append', frames, [frames.bytes])
    this.#turn = { frames, base }
    return this.#turn
  }
}

/** Twice what the last turn needed, so that most turns need one buffer. */
function roomAfter(last: Frames | undefined): number {
  return Math.min(MOST_FRAMES_BYTES, Math.max(LEAST_FRAMES_BYTES, 2 ** Math.ceil(Math.log2(2 * (last?.used ?? 0) + 1))))
}

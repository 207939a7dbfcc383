/** The ledger thread's state in shared memory, read without a message. */
import type { LedgerState } from '../ledger/group-commit.ts'

const STATES = ['starting', 'ok', 'disk_full', 'failed', 'closed'] as const satisfies readonly LedgerState['state'][]

const STATE_AT = 0
const COMMIT_MICROS_AT = 1
/** As a 64-bit word: after the first two of 32. */
const SIZE_AT = 1
const BYTES = 16

export class SharedLedgerState implements LedgerState {
  readonly memory: SharedArrayBuffer
  readonly #words: Int32Array
  readonly #sizes: BigInt64Array

  constructor(memory = new SharedArrayBuffer(BYTES)) {
    this.memory = memory
    this.#words = new Int32Array(memory)
    this.#sizes = new BigInt64Array(memory)
  }

  get state(): LedgerState['state'] {
    return STATES[Atomics.load(this.#words, STATE_AT)] ?? 'failed'
  }
  set state(state: LedgerState['state']) {
    Atomics.store(this.#words, STATE_AT, STATES.indexOf(state))
  }

  /** Number of durable records. */
  get size(): number {
    return Number(Atomics.load(this.#sizes, SIZE_AT))
  }
  set size(size: number) {
    Atomics.store(this.#sizes, SIZE_AT, BigInt(size))
  }

  /** Duration of the last commit, sync included. */
  get lastCommitMs(): number {
    return Atomics.load(this.#words, COMMIT_MICROS_AT) / 1_000
  }
  set lastCommitMs(ms: number) {
    Atomics.store(this.#words, COMMIT_MICROS_AT, Math.min(Math.round(ms * 1_000), 0x7fff_ffff))
  }
}

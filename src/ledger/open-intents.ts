/** INTENTs and NOTICEs without an outcome, by disclosure id. */
import { BODY_AT, bufferOf, ID_BYTES, KIND_AT } from './leaf-layout.ts'
import { KIND_NUMBERS } from './numbers.ts'

export class OpenIntents {
  /** Id → sequence number. Sequence numbers ascend in insertion order, so the first entry is the lowest. */
  readonly #open = new Map<string, number>()
  /** Id → the thread that will send it, where several do. */
  readonly #senders = new Map<string, number>()

  /** Leaves MUST come in the ledger's order. */
  see(leaf: Uint8Array, seq: number, sender?: number): void {
    if (announces(leaf)) {
      const id = idOf(leaf)
      this.#open.set(id, seq)
      if (sender !== undefined) this.#senders.set(id, sender)
    } else if (concludes(leaf)) {
      const id = idOf(leaf)
      this.#open.delete(id)
      this.#senders.delete(id)
    }
  }

  /** What this thread has announced and not concluded. */
  of(sender: number): readonly number[] {
    return [...this.#senders].filter(([, one]) => one === sender).map(([id]) => this.#open.get(id)!)
  }

  get count(): number {
    return this.#open.size
  }

  /** Every INTENT below the returned number has its OUTCOME; `size` if none is open. */
  settledBelow(size: number): number {
    return this.#open.values().next().value ?? size
  }

  seqs(): readonly number[] {
    return [...this.#open.values()]
  }
}

/** True for an INTENT or a NOTICE: bytes are about to be sent. */
export function announces(leaf: Uint8Array): boolean {
  return leaf[KIND_AT] === KIND_NUMBERS.intent || leaf[KIND_AT] === KIND_NUMBERS.notice
}
/** True for the outcome of an INTENT or a NOTICE. */
export function concludes(leaf: Uint8Array): boolean {
  return leaf[KIND_AT] === KIND_NUMBERS.outcome || leaf[KIND_AT] === KIND_NUMBERS.notice_outcome
}

/** The disclosure id of a leaf that announces or concludes, as a map key of one-byte characters. */
export function idOf(leaf: Uint8Array): string {
  return bufferOf(leaf).toString('latin1', BODY_AT, BODY_AT + ID_BYTES)
}

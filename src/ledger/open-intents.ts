/** Which INTENTs and NOTICEs have no outcome yet, by disclosure id. */
import { BODY_AT, ID_BYTES, KIND_AT } from './leaf-layout.ts'
import { KIND_NUMBERS } from './numbers.ts'

export class OpenIntents {
  /** Id → sequence number. Sequence numbers ascend in insertion order, so the first entry is the lowest. */
  readonly #open = new Map<string, number>()

  /** Takes note of a leaf. Leaves MUST come in the ledger's order. */
  see(leaf: Buffer, seq: number): void {
    if (announces(leaf)) this.#open.set(idOf(leaf), seq)
    else if (concludes(leaf)) this.#open.delete(idOf(leaf))
  }

  get count(): number {
    return this.#open.size
  }

  /** Every INTENT below this sequence number has its OUTCOME. `size` where none is open. */
  settledBelow(size: number): number {
    return this.#open.values().next().value ?? size
  }

  seqs(): readonly number[] {
    return [...this.#open.values()]
  }
}

/** An INTENT or a NOTICE: bytes are about to leave. */
export function announces(leaf: Uint8Array): boolean {
  return leaf[KIND_AT] === KIND_NUMBERS.intent || leaf[KIND_AT] === KIND_NUMBERS.notice
}
/** How an INTENT or a NOTICE ended. */
export function concludes(leaf: Uint8Array): boolean {
  return leaf[KIND_AT] === KIND_NUMBERS.outcome || leaf[KIND_AT] === KIND_NUMBERS.notice_outcome
}

/** The disclosure id of a leaf that announces or concludes, as a key. */
export function idOf(leaf: Buffer): string {
  return leaf.toString('latin1', BODY_AT, BODY_AT + ID_BYTES)
}

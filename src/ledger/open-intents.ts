/** Which INTENTs have no OUTCOME yet, by disclosure id. */
import { BODY_AT, ID_BYTES, KIND_AT } from './leaf-layout.ts'
import { KIND_NUMBERS } from './numbers.ts'

export class OpenIntents {
  /** Id → sequence number. Sequence numbers ascend in insertion order, so the first entry is the lowest. */
  readonly #open = new Map<string, number>()

  /** Takes note of a leaf. Leaves MUST come in the ledger's order. */
  see(leaf: Buffer, seq: number): void {
    const kind = leaf[KIND_AT]
    if (kind === KIND_NUMBERS.intent) this.#open.set(idOf(leaf), seq)
    else if (kind === KIND_NUMBERS.outcome) this.#open.delete(idOf(leaf))
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

/** The disclosure id of an INTENT or OUTCOME leaf, as a key. */
export function idOf(leaf: Buffer): string {
  return leaf.toString('latin1', BODY_AT, BODY_AT + ID_BYTES)
}

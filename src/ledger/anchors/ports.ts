/** A place outside, where checkpoints are put so that nobody can write another history afterwards. */

/** What is put there. */
export interface Anchored {
  readonly size: number
  /** The signed note. */
  readonly note: string
}

export interface Anchor {
  /** Names it in logs and metrics: `folder`, `webhook`, `witness <name>`. */
  readonly name: string
  /** Resolves once the place has it. Rejects with an error that says why not and holds no secret. */
  put(checkpoint: Anchored): Promise<void>
}

/** A witness's word that it saw a checkpoint, and nothing that contradicts it. */
export interface Cosignature {
  readonly size: number
  readonly witness: string
  /** The note's signature line, with its line end. */
  readonly line: string
}

export interface CosignatureStore {
  /** Durable when it returns. */
  add(cosignature: Cosignature): void
  /** Of a checkpoint, or, without a size, the newest that there is any of. */
  of(size: number): readonly Cosignature[]
  newestSize(): number | undefined
}

/** Anchors: external copies of checkpoints, so that history cannot be rewritten unnoticed. */

export interface Anchored {
  readonly size: number
  /** The signed note. */
  readonly note: string
}

export interface Anchor {
  /** For logs and metrics: `folder`, `webhook`, `witness <name>`. */
  readonly name: string
  /** Location for display: a folder, or a URL's origin. Holds no secret. */
  readonly where: string
  /** Resolves once stored. Rejects with the reason, which holds no secret; with `AnchorContradicts` on another history. */
  put(checkpoint: Anchored): Promise<void>
  /**
   * The newest checkpoint stored there by any writer; undefined if there is none. Absent for anchors that cannot be read.
   * Rejects if the anchor does not answer.
   */
  readonly newest?: () => Promise<Anchored | undefined>
}

/** The anchor holds another text in place of this ledger's checkpoint: there are two histories. Nothing was overwritten. */
export class AnchorContradicts extends Error {
  constructor(what: string) {
    super(`${what} is another history's: it was left as it is. Keep both, and look who else writes this ledger.`)
    this.name = 'AnchorContradicts'
  }
}

/** A witness's signature that it saw a checkpoint and nothing inconsistent with it. */
export interface Cosignature {
  readonly size: number
  readonly witness: string
  /** The note's signature line, with its line end. */
  readonly line: string
}

export interface CosignatureStore {
  /** Durable when it returns. */
  add(cosignature: Cosignature): void
  of(size: number): readonly Cosignature[]
}

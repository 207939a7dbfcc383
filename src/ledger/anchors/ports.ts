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
  /** Where that is, for people: a folder, the origin of an address. Holds no secret. */
  readonly where: string
  /** Resolves once the place has it. Rejects with an error that says why not and holds no secret, `AnchorContradicts` among them. */
  put(checkpoint: Anchored): Promise<void>
  /**
   * The newest checkpoint that lies there, whoever put it; undefined where there is none. Absent where the place cannot
   * be asked. Rejects where it does not answer.
   */
  readonly newest?: () => Promise<Anchored | undefined>
}

/** The place holds another text where this ledger's checkpoint belongs: there are two histories. Nothing was overwritten. */
export class AnchorContradicts extends Error {
  constructor(what: string) {
    super(`${what} is another history's: it was left as it is. Keep both, and look who else writes this ledger.`)
    this.name = 'AnchorContradicts'
  }
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
  /** Of a checkpoint. */
  of(size: number): readonly Cosignature[]
}

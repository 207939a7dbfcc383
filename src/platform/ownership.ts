/** That this process, and no other, acts on what is kept under a name: the data folder, or a part of a cluster. */
export interface Ownership {
  /**
   * Resolves once it is this process's; rejects, saying why, where another has it or nobody can tell. Nothing that is kept
   * there MUST be opened before.
   */
  claim(): Promise<Owned>
}

export interface Owned {
  /** Others may have it. Everything that was opened under it MUST be closed. */
  release(): void
}

/** Exclusive ownership by this process: of the data folder, or of a part of a cluster. */
export interface Ownership {
  /**
   * Resolves once this process owns it. Rejects with the reason if another process does or it is unknown. Nothing owned MUST
   * be opened before.
   */
  claim(): Promise<Owned>
}

export interface Owned {
  /** Releases ownership. Everything opened under it MUST be closed first. */
  release(): void
}

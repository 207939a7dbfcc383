/** Where cases lie, and each case's own key. Files today; durable when a call resolves. */

export interface KeptCase {
  readonly id: string
  /** JSON of what outlives an erasure. */
  readonly shell: string
  /** The rest, sealed under the case's own key; undefined once that is gone. */
  readonly sealed: Uint8Array | undefined
}

export interface CaseStore {
  /** In no order; `damaged` names what cannot be read, each with what to do. */
  all(): Promise<{ readonly cases: readonly KeptCase[]; readonly damaged: readonly string[] }>
  /** In place of what it was. */
  keep(kept: KeptCase): Promise<void>
  remove(id: string): Promise<void>
}

/** Apart from the cases, so that no copy of those alone opens one. */
export interface CaseKeyStore {
  read(id: string): Promise<Uint8Array | undefined>
  write(id: string, wrapped: Uint8Array): Promise<void>
  /** Overwritten, then removed. Nothing where there is none. */
  destroy(id: string): Promise<void>
}

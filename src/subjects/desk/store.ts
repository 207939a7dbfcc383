/** Storage of cases and their keys. Calls resolve once durable. */

export interface KeptCase {
  readonly id: string
  /** JSON of the part that survives an erasure. */
  readonly shell: string
  /** The rest, sealed under the case's key; undefined once that is destroyed. */
  readonly sealed: Uint8Array | undefined
}

export interface CaseStore {
  /** Unordered; `damaged` describes unreadable files and what to do. */
  all(): Promise<{ readonly cases: readonly KeptCase[]; readonly damaged: readonly string[] }>
  /** Replaces the old state. */
  keep(kept: KeptCase): Promise<void>
  remove(id: string): Promise<void>
}

/** Separate from the cases, so that a copy of those alone cannot be opened. */
export interface CaseKeyStore {
  read(id: string): Promise<Uint8Array | undefined>
  write(id: string, wrapped: Uint8Array): Promise<void>
  /** Overwrites and removes the key, if any. */
  destroy(id: string): Promise<void>
}

/** What a person's rights need from the rest of the house. */
import type { ErasureSteps, Reflection } from '../choices/ports.ts'
import type { Intake } from '../intake/ports.ts'
import type { EpochMs, IdentityKey } from '../model/brand.ts'
import type { Channel } from '../model/choice.ts'
import type { LedgerEntry } from '../model/disclosure.ts'

/** A record in words, as the ledger's reading side gives it. */
export type RecordRow = { readonly [name: string]: unknown }

/** The ledger's reading side. */
export interface Records {
  /** In the ledger's order, a page at a time: `next` goes in as `after`. */
  find(query: RecordQuery): Promise<{ readonly records: readonly RecordRow[]; readonly next?: number }>
  /** The record with its bytes (`leaf`, base64); undefined where it was pruned. */
  record(name: { readonly seq: number }): Promise<RecordRow | undefined>
  /** A tlog-proof text; undefined until a checkpoint covers the record. */
  proof(name: { readonly seq: number }): Promise<string | undefined>
  /** Takes every entry about these subjects' keys out of every index; how many there were. */
  forget(what: { readonly subjects: readonly number[] }): Promise<number>
}
export interface RecordQuery {
  readonly subject?: readonly IdentityKey[]
  readonly kind?: string
  readonly after?: number
  readonly limit?: number
}

/** The ledger's writing side. */
export interface Evidence {
  append(records: readonly LedgerEntry[]): Promise<number>
  size(): number
  /** Lets go of destroyed keys, and of which records they were about. */
  forget(identities: readonly IdentityKey[], subjects: readonly number[]): Promise<void>
}

/** The subjects' own keys, as they are kept. */
export interface SubjectKeys {
  /** Of every epoch, newest first. */
  all(identity: IdentityKey): readonly { readonly id: number; readonly epoch: number; readonly key: Uint8Array }[]
}

export interface ErasureParts {
  readonly choices: ErasureSteps & Pick<Reflection, 'reflect'>
  readonly intake: Pick<Intake, 'purge'>
  readonly records: Pick<Records, 'find' | 'forget'>
  readonly ledger: Evidence
  readonly keys: SubjectKeys
  /** Nothing that came in before `at` about these leaves any more. */
  readonly stopSending: (keys: readonly IdentityKey[], at: EpochMs) => void
  /** What the erasure's REQUEST says of one identity, sealed. */
  readonly seal: (told: {
    readonly kind: 'erasure'
    readonly key: IdentityKey
    readonly id: string
    readonly at: EpochMs
    readonly channel: Channel
  }) => string
  /** Identities of these that the policy keeps against fraud, and until when; undefined where it keeps none. */
  readonly fraudRetention: (
    keys: readonly IdentityKey[],
    at: EpochMs,
  ) => { readonly keys: readonly IdentityKey[]; readonly until: EpochMs } | undefined
  readonly now: () => EpochMs
  readonly newId: () => string
}

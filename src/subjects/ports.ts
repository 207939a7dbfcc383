/** What a person's rights need from the rest of the house. */
import type { ErasureSteps, Reflection } from '../choices/ports.ts'
import type { Intake } from '../intake/ports.ts'
import type { EpochMs, IdentityKey, Revision } from '../model/brand.ts'
import type { Channel } from '../model/choice.ts'
import type { LedgerEntry } from '../model/disclosure.ts'

/** A record in words, as the ledger's reading side gives it. */
export type RecordRow = { readonly [name: string]: unknown }

/** The ledger's reading side. */
export interface Records {
  /** In the ledger's order, a page at a time: `next` goes in as `after`. */
  find(
    query: RecordQuery,
  ): Promise<{ readonly records: readonly RecordRow[]; readonly next?: number; readonly incomplete?: true }>
  /** The record with its bytes (`leaf`, base64); undefined where it was pruned. */
  record(name: { readonly seq: number }): Promise<RecordRow | undefined>
  /** A tlog-proof text; undefined until a checkpoint covers the record. */
  proof(name: { readonly seq: number }): Promise<string | undefined>
  /** Takes every entry about these subjects' keys, and by these identities, out of every index; how many there were. */
  forget(what: { readonly subjects: readonly number[]; readonly identities: readonly string[] }): Promise<number>
}
export interface RecordQuery {
  /** Records about any of these identities; */
  readonly subject?: readonly IdentityKey[]
  /** or found by any of these, whoever they are about. */
  readonly foundBy?: readonly IdentityKey[]
  /** or about subjects' keys of these numbers. */
  readonly numbers?: readonly number[]
  readonly kind?: string
  /** Milliseconds since 1970: included, and not included. */
  readonly from?: EpochMs
  readonly to?: EpochMs
  /** What a REQUEST record says happened. */
  readonly action?: string
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

export interface Recipient {
  readonly partner: string
  /** Disclosures made, or that may have been made. */
  readonly disclosures: number
  readonly firstAt: EpochMs
  readonly lastAt: EpochMs
  /** Of the newest of them. */
  readonly revision: Revision
}

export interface KeptAnswer {
  readonly id: string
  /** A day. */
  readonly at: EpochMs
  readonly identities: number
  readonly recipients: readonly Recipient[]
  readonly keysDestroyed: number
  readonly pairsEnded: number
  /** Ids of the notices that partners are told by: absent where none is told. */
  readonly notices?: readonly string[]
}

/** Where sealed files lie, by a name of 32 hex digits. Durable when a call resolves. */
export interface SealedFiles {
  read(name: string): Promise<Uint8Array | undefined>
  /** Reads and removes: of several callers one gets it. */
  take(name: string): Promise<Uint8Array | undefined>
  /** `day` is all that the file itself tells of when. */
  write(name: string, sealed: Uint8Array, day: EpochMs): Promise<void>
  /** Removes what is of an earlier day. */
  removeBefore(day: EpochMs): Promise<void>
}

export interface ListedFiles extends SealedFiles {
  /** Of all there are, in no order. */
  names(): Promise<readonly string[]>
}

export interface ErasureAnswers {
  keep(identity: IdentityKey, answer: KeptAnswer): Promise<void>
  /** The answer under a new random code, 22 characters; whoever knows it can have it again. */
  keepUnderCode(answer: KeptAnswer): Promise<string>
  /** What earlier erasures of any of these identities found; undefined where there was none, or it is too long ago. */
  of(identities: readonly IdentityKey[]): Promise<KeptAnswer | undefined>
  byCode(code: string): Promise<KeptAnswer | undefined>
  /** Removes what is older than `ANSWER_DAYS`. */
  prune(): Promise<void>
}

/** What an erasure must know of a legal hold: all records from one number on, or of a time, both ends included. */
export interface HeldRange {
  readonly id: string
  readonly first?: number
  readonly from?: EpochMs
  readonly to?: EpochMs
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
    /** A day. */
    readonly at: EpochMs
    readonly channel: Channel
  }) => string
  /** Identities of these that the policy keeps against fraud, and until when; undefined where it keeps none. */
  readonly fraudRetention: (
    keys: readonly IdentityKey[],
    at: EpochMs,
  ) => { readonly keys: readonly IdentityKey[]; readonly until: EpochMs } | undefined
  /** What is held, oldest first. */
  readonly holds: () => Promise<readonly HeldRange[]>
  readonly answers: ErasureAnswers
  /** Has partners told of the deletion, before the keys are destroyed that say by what. The ids of the notices. */
  readonly tell: (erasure: {
    readonly id: string
    readonly at: EpochMs
    readonly keys: readonly IdentityKey[]
    readonly foundBy: readonly IdentityKey[]
    readonly recipients: readonly string[]
  }) => Promise<readonly string[]>
  /** Lets go of what is kept to tell partners about these. */
  readonly forgetAddresses: (identities: readonly IdentityKey[], subjects: readonly number[]) => Promise<void>
  /** Whether an identity is an account. */
  readonly isAccount: (key: IdentityKey) => boolean
  readonly now: () => EpochMs
  readonly newId: () => string
}

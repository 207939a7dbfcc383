/** What this room needs from other rooms. */
import type { ErasureSteps, Reflection, SharedErasures } from '../choices/ports.ts'
import type { Intake } from '../intake/ports.ts'
import type { EpochMs, IdentityKey, Revision } from '../model/brand.ts'
import type { Channel } from '../model/choice.ts'
import type { LedgerEntry } from '../model/disclosure.ts'

/** A decoded record from the ledger's reading side. */
export type RecordRow = { readonly [name: string]: unknown }

/** The ledger's reading side. */
export interface Records {
  /** In the ledger's order, a page at a time: pass `next` as `after`. */
  find(
    query: RecordQuery,
  ): Promise<{ readonly records: readonly RecordRow[]; readonly next?: number; readonly incomplete?: true }>
  /** The record with its bytes (`leaf`, base64); undefined if it was pruned. */
  record(name: { readonly seq: number }): Promise<RecordRow | undefined>
  /** A tlog-proof text; undefined until a checkpoint covers the record. */
  proof(name: { readonly seq: number }): Promise<string | undefined>
  /** Removes all entries of these subject keys and identities from every index; returns how many there were. */
  forget(what: { readonly subjects: readonly number[]; readonly identities: readonly string[] }): Promise<number>
}
export interface RecordQuery {
  /** Records owned by any of these identities, */
  readonly subject?: readonly IdentityKey[]
  /** or found by any of these, whoever owns them, */
  readonly foundBy?: readonly IdentityKey[]
  /** or owned by subject keys with these numbers. */
  readonly numbers?: readonly number[]
  readonly kind?: string
  /** Milliseconds since 1970: `from` inclusive, `to` exclusive. */
  readonly from?: EpochMs
  readonly to?: EpochMs
  /** The action of a REQUEST record. */
  readonly action?: string
  readonly after?: number
  readonly limit?: number
}

/** The ledger's writing side. */
export interface Evidence {
  append(records: readonly LedgerEntry[]): Promise<number>
  size(): number
  /** Drops destroyed keys and their owner entries. */
  forget(identities: readonly IdentityKey[], subjects: readonly number[]): Promise<void>
}

/** The subjects' keys. */
export interface SubjectKeys {
  /** All epochs, newest first. */
  all(identity: IdentityKey): readonly { readonly id: number; readonly epoch: number; readonly key: Uint8Array }[]
}

export interface Recipient {
  readonly partner: string
  /** Disclosures made, or that may have been made. */
  readonly disclosures: number
  readonly firstAt: EpochMs
  readonly lastAt: EpochMs
  /** Revision of the newest of them. */
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
  /** Cells whose recipients are missing; absent if none. */
  readonly missing?: readonly string[]
  /** How they are asked again; absent if none is missing. */
  readonly under?: IdentityKey
  /** Ids of the notices queued; absent if there are none. */
  readonly notices?: readonly string[]
}

/** Sealed files, named by 32 hex digits. Calls resolve once durable. */
export interface SealedFiles {
  read(name: string): Promise<Uint8Array | undefined>
  /** Reads and removes atomically: only one of several callers gets it. */
  take(name: string): Promise<Uint8Array | undefined>
  /** `day` becomes the file's time. */
  write(name: string, sealed: Uint8Array, day: EpochMs): Promise<void>
  /** Removes files of earlier days. */
  removeBefore(day: EpochMs): Promise<void>
}

export interface ListedFiles extends SealedFiles {
  /** All names, unordered. */
  names(): Promise<readonly string[]>
}

export interface ErasureAnswers {
  keep(identity: IdentityKey, answer: KeptAnswer): Promise<void>
  /** Stores the answer under a code, by default a new random one of 22 characters, and returns the code. */
  keepUnderCode(answer: KeptAnswer, code?: string): Promise<string>
  /** The answer of earlier erasures of any of these identities; undefined if there is none or it has expired. */
  of(identities: readonly IdentityKey[]): Promise<KeptAnswer | undefined>
  byCode(code: string): Promise<KeptAnswer | undefined>
  /** Removes answers older than `ANSWER_DAYS`. */
  prune(): Promise<void>
}

/** The range of a legal hold: all records from a number on, or of a time range, inclusive. */
export interface HeldRange {
  readonly id: string
  readonly first?: number
  readonly from?: EpochMs
  readonly to?: EpochMs
}

/** What one cell asks all others about an erasure, as JSON. */
export interface ErasureQuestion {
  readonly v: 1
  /** The erased identity under which each cell keeps its answer. */
  readonly under: IdentityKey
}

/** What an erasure would find in one cell. */
export interface ForeseenPart {
  readonly keys: number
  readonly recipients: readonly Recipient[]
  /** Ids of holds on the subject's records. */
  readonly holds: readonly string[]
}

/** Of each other cell; undefined of one that does not answer. */
export type OfCells<Answer> = Promise<readonly { readonly cell: string; readonly answer: Answer | undefined }[]>

/** The other cells of a cluster, for an erasure; of a gateway by itself there are none. */
export interface ErasedElsewhere extends Omit<SharedErasures, 'claimNotices'> {
  readonly foreseen: (identities: readonly IdentityKey[]) => OfCells<ForeseenPart>
  /** Ids of holds on the subject's records. */
  readonly heldOver: (identities: readonly IdentityKey[]) => OfCells<readonly string[]>
  /** Each other cell's answer, once it has done its part: null if it holds none, undefined if it does not answer. */
  readonly others: (question: ErasureQuestion) => OfCells<KeptAnswer | null>
}

export interface ErasureParts {
  readonly elsewhere: ErasedElsewhere
  readonly choices: ErasureSteps & Pick<Reflection, 'reflect'>
  readonly intake: Pick<Intake, 'purge'>
  readonly records: Pick<Records, 'find' | 'forget'>
  readonly ledger: Evidence
  readonly keys: SubjectKeys
  /** Stops sending events about these identities received before `at`. */
  readonly stopSending: (keys: readonly IdentityKey[], at: EpochMs) => void
  /** Seals the identity in the erasure's REQUEST record. */
  readonly seal: (request: {
    readonly kind: 'erasure'
    readonly key: IdentityKey
    /** A day. */
    readonly at: EpochMs
    readonly channel: Channel
  }) => string
  /** The identities that the policy keeps against fraud, and until when; undefined if none. */
  readonly fraudRetention: (
    keys: readonly IdentityKey[],
    at: EpochMs,
  ) => { readonly keys: readonly IdentityKey[]; readonly until: EpochMs } | undefined
  /** Legal holds, oldest first. */
  readonly holds: () => Promise<readonly HeldRange[]>
  readonly answers: ErasureAnswers
  /** Queues deletion notices to partners before the keys with their identifiers are destroyed; returns the notices' ids. */
  readonly tell: (erasure: {
    readonly id: string
    readonly at: EpochMs
    readonly keys: readonly IdentityKey[]
    readonly foundBy: readonly IdentityKey[]
    readonly recipients: readonly string[]
  }) => Promise<readonly string[]>
  /** Deletes the stored identifiers for notices about these. */
  readonly forgetAddresses: (identities: readonly IdentityKey[], subjects: readonly number[]) => Promise<void>
  /** Whether an identity is an account. */
  readonly isAccount: (key: IdentityKey) => boolean
  readonly now: () => EpochMs
  readonly newId: () => string
}

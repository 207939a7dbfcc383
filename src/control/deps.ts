/** What the control plane needs from the rest of the house. */
import type { Choices, DeletionRequests, ErasureSteps, StateChoice } from '../choices/ports.ts'
import type { Deliveries } from '../delivery/ports.ts'
import type { RelayBooks } from '../flow/relay-books.ts'
import type { Inbox } from '../inbox/ports.ts'
import type { Intake } from '../intake/ports.ts'
import type { AnchorState } from '../ledger/anchors/anchoring.ts'
import type { Ledger, LedgerArchive } from '../ledger/ports.ts'
import type { HeardSdks } from '../live/heard.ts'
import type { TailReader } from '../live/ports.ts'
import type { Sandbox } from '../live/sandbox.ts'
import type { EpochMs, PartnerId, Revision } from '../model/brand.ts'
import type { NoticeStore } from '../notices/ports.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { FilesStatus } from '../publish/files-status.ts'
import type { Revisions } from '../publish/ports.ts'
import type { Publishing } from '../publish/publishing.ts'
import type { SimulateDeps } from '../simulate/simulator.ts'
import type { DisclosuresByHand } from '../subjects/by-hand.ts'
import type { ChildrenLearnt } from '../subjects/desk/children.ts'
import type { Desk } from '../subjects/desk/desk.ts'
import type { PersonLinks } from '../subjects/links.ts'
import type { Packs } from '../subjects/packs.ts'
import type { Receipts } from '../subjects/receipts.ts'
import type { ReleasedTables } from '../subjects/released-tables.ts'
import type { Rights } from '../subjects/rights.ts'
import type { StaffReads } from '../subjects/staff-reads.ts'
import type { Access } from './access/access.ts'
import type { ActorBook } from './access/actor-book.ts'
import type { Audit } from './access/audit.ts'
import type { BrowserRules } from './access/browser.ts'
import type { NamedTokens } from './access/named-tokens.ts'
import type { Rate } from './access/rates.ts'
import type { AccountingHistory } from './accounting-history.ts'
import type { IdempotencyKeys } from './idempotency.ts'
import type { LedgerCheck } from './ledger-check.ts'
import type { ProcessingFacts } from './processing-record.ts'
import type { IssuerSignIn } from './session/issuer-sign-in.ts'
import type { Sessions } from './session/sessions.ts'
import type { StopTimes } from './stop-times.ts'

export interface ControlDeps {
  readonly intake: Intake
  readonly history: Pick<AccountingHistory, 'since'>
  readonly choices: Choices & Pick<ErasureSteps, 'keptForFraud' | 'personOf'> & Pick<DeletionRequests, 'openDeletions'>
  readonly stateChoice: StateChoice
  /** Puts on record who of the staff looked at whose data. */
  readonly staffReads: Pick<StaffReads, 'record'>
  readonly rights: Rights
  readonly notices: Pick<NoticeStore, 'counts' | 'list' | 'byIds' | 'end'>
  readonly links: Pick<PersonLinks, 'make'>
  readonly receipts: Pick<Receipts, 'issue'>
  readonly desk: Desk
  readonly byHand: Omit<DisclosuresByHand, 'of'>
  readonly children: Pick<ChildrenLearnt, 'pending'>
  readonly packs: Packs
  readonly tables: Pick<ReleasedTables, 'months' | 'table'>
  /** How long events and the ledger are kept, for the record of processing activities. */
  readonly processing: Omit<ProcessingFacts, 'made'>
  readonly ledger: Ledger
  readonly archive: LedgerArchive
  readonly ledgerCheck: LedgerCheck
  /** Places outside to which checkpoints go. */
  readonly anchors: () => readonly AnchorState[]
  /** How long the ledger keeps records, in calendar months. */
  readonly retentionMonths: number
  readonly revisions: Revisions
  readonly deliveries: Deliveries
  readonly live: {
    readonly tail: TailReader
    readonly heard: HeardSdks
    readonly sandbox: Pick<Sandbox, 'send'>
  }
  /** Where SDKs reach this gateway from here. */
  readonly dataUrl: string
  readonly inbox: Pick<Inbox, 'items' | 'item' | 'waiting' | 'notKept' | 'say'>
  /** Relayed requests by partner, since the start. */
  readonly relayTotals: RelayBooks['totals']
  readonly metrics: Metrics
  readonly simulation: SimulateDeps
  readonly now: () => EpochMs
  readonly access: Access
  /** Of browsers that show the console. */
  readonly sessions: Sessions
  /** Undefined where browsers cannot sign in at the issuer. */
  readonly issuerSignIn: IssuerSignIn | undefined
  /** Named local tokens. */
  readonly tokens: Pick<NamedTokens, 'list'>
  readonly actors: ActorBook
  readonly audit: Audit
  readonly idempotency: IdempotencyKeys
  readonly rates: { readonly actor: Rate; readonly address: Rate }
  readonly browser: BrowserRules
  /** Networks whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[]
  /** The bearer token that `/metrics` asks for; undefined where it answers this machine alone. Throws where unreadable. */
  readonly metricsToken: (() => string) | undefined
  /**
   * Stops one partner, or all: in force on every thread when it resolves, whatever else failed. Resuming rejects unless
   * it is on record and durable first.
   */
  readonly stop: (
    partner: PartnerId | 'all',
    stopped: boolean,
    by: { readonly author: string; readonly reason: string },
  ) => Promise<StopResult>
  readonly stopTimes: StopTimes
  /** Reads the configuration again, handed in by this actor; a bad one changes nothing. */
  readonly reload: (by: string) => Promise<ReloadResult>
  readonly publishing: Pick<Publishing, 'publisher' | 'drafts' | 'diff' | 'filesStatus'>
  /** The files a revision was made from, by path; undefined where none were kept. */
  readonly revisionTexts: (revision: Revision) => Promise<Readonly<Record<string, string>> | undefined>
  /** Anchors that hold another history of this ledger. */
  readonly contradicted: () => readonly string[]
  /** Milliseconds since a checkpoint was last put outside, where that is too long ago. */
  readonly anchorsStale: () => number | undefined
  readonly started: () => boolean
  readonly stopping: () => boolean
  readonly observe: { failed(where: string, error: unknown): void; called(call: string, status: number): void }
}

/** What of a stop could be written: false where it is in force, but a restart would not know, or the ledger does not. */
export interface StopResult {
  /** Every data thread: no disclosure that ignores the switch begins on one that has confirmed. */
  readonly workers: readonly { readonly worker: number; readonly inForce: boolean }[]
  readonly durable: boolean
  readonly recorded: boolean
}

export type ReloadResult =
  | {
      readonly ok: true
      readonly revision: number
      readonly changed: boolean
      /** Number of the proposal that waits, where the files give somebody more. */
      readonly waiting?: number
      /** `gateway.yaml` differs from what runs: takes effect at the next start. */
      readonly restartNeeded: boolean
      /** Files that still differ from what is live. */
      readonly drift: FilesStatus['drift']
    }
  | { readonly ok: false; readonly problems: readonly string[] }

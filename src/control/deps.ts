/** The control plane's dependencies. */
import type { Choices, DeletionRequests, ErasureSteps, StateChoice } from '../choices/ports.ts'
import type { Deliveries } from '../delivery/ports.ts'
import type { RelayBooks } from '../flow/relay-books.ts'
import type { Inbox } from '../inbox/ports.ts'
import type { Intake } from '../intake/ports.ts'
import type { Aggregate } from '../ledger/aggregate.ts'
import type { AnchorState } from '../ledger/anchors/anchoring.ts'
import type { Ledger, LedgerArchive } from '../ledger/ports.ts'
import type { Row } from '../ledger/row.ts'
import type { HeardSdks } from '../live/heard.ts'
import type { TailReader } from '../live/ports.ts'
import type { Sandbox } from '../live/sandbox.ts'
import type { EpochMs, PartnerId, Revision } from '../model/brand.ts'
import type { NoticeStore } from '../notices/ports.ts'
import type { RosterStanding } from '../observe/gauges.ts'
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
import type { CellBooks } from './accounting.ts'
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
  /** Records staff access to subjects' data. */
  readonly staffReads: Pick<StaffReads, 'record'>
  readonly rights: Rights
  readonly notices: Pick<NoticeStore, 'counts' | 'countPending' | 'list' | 'byIds' | 'end'>
  readonly links: Pick<PersonLinks, 'make'>
  readonly receipts: Pick<Receipts, 'issue'>
  readonly desk: Desk
  readonly byHand: Omit<DisclosuresByHand, 'of'>
  readonly children: Pick<ChildrenLearnt, 'pending'>
  readonly packs: Packs
  readonly tables: Pick<ReleasedTables, 'months' | 'table'>
  /** Retention periods, for the record of processing activities. */
  readonly processing: Omit<ProcessingFacts, 'made'>
  readonly ledger: Ledger
  readonly archive: LedgerArchive
  readonly ledgerCheck: LedgerCheck
  /** External anchors of checkpoints. */
  readonly anchors: () => readonly AnchorState[]
  /** Retention of ledger records, in calendar months. */
  readonly retentionMonths: number
  readonly revisions: Revisions
  readonly deliveries: Deliveries
  readonly live: {
    readonly tail: TailReader
    readonly heard: HeardSdks
    readonly sandbox: Pick<Sandbox, 'send'>
  }
  /** URL of the data plane. */
  readonly dataUrl: string
  readonly inbox: Pick<Inbox, 'items' | 'item' | 'waiting' | 'notKept' | 'say'>
  /** Relayed requests by partner, since the start. */
  readonly relayTotals: RelayBooks['totals']
  readonly cells: {
    /** Which one this is; 0 where it is by itself. */
    readonly own: string
    /** False where it is by itself. */
    readonly isOneOfSeveral: boolean
    /** Undefined where it is by itself. Rejects with `ERR_SETTINGS_UNAVAILABLE` where the database does not answer. */
    readonly status: () => Promise<CellsStanding | undefined>
    readonly otherBooks: () => Promise<readonly CellBooks[]>
    /** Of each other cell; undefined of one that does not answer. */
    readonly otherCounts: (
      query: Aggregate,
    ) => Promise<readonly { readonly cell: string; readonly answer: readonly Row[] | undefined }[]>
  }
  readonly metrics: Metrics
  readonly simulation: SimulateDeps
  readonly now: () => EpochMs
  readonly access: Access
  /** Sessions of browsers with the console. */
  readonly sessions: Sessions
  /** Undefined if browsers cannot sign in at the issuer. */
  readonly issuerSignIn: IssuerSignIn | undefined
  /** Named local tokens. */
  readonly tokens: Pick<NamedTokens, 'list'>
  readonly actors: ActorBook
  readonly audit: Audit
  readonly idempotency: IdempotencyKeys
  readonly rates: { readonly actor: Rate; readonly address: Rate }
  readonly browser: BrowserRules
  /** Networks whose `X-Forwarded-For` is trusted. */
  readonly trustedProxies: readonly string[]
  /** The bearer token for `/metrics`; undefined if it answers only this machine. Throws if unreadable. */
  readonly metricsToken: (() => string) | undefined
  /**
   * Stops one partner or all: in force on every thread when it resolves, even if recording failed. A resume takes effect only
   * after it is durable and on record, and rejects otherwise.
   */
  readonly stop: (
    partner: PartnerId | 'all',
    stopped: boolean,
    by: { readonly author: string; readonly reason: string },
  ) => Promise<StopResult>
  readonly stopTimes: StopTimes
  /** Reloads the configuration on behalf of this actor; an invalid one changes nothing. */
  readonly reload: (by: string) => Promise<ReloadResult>
  readonly publishing: Pick<Publishing, 'publisher' | 'drafts' | 'diff' | 'filesStatus'>
  /** The source files of a revision, by path; undefined if not kept. */
  readonly revisionTexts: (revision: Revision) => Promise<Readonly<Record<string, string>> | undefined>
  /** Anchors that hold another history of this ledger. */
  readonly contradicted: () => readonly string[]
  /** Milliseconds since the last successful anchoring, if too long ago. */
  readonly anchorsStale: () => number | undefined
  /** Resolves once what the data threads counted so far is known here: before any sum is read. */
  readonly upToDate: () => Promise<void>
  readonly started: () => boolean
  readonly stopping: () => boolean
  readonly observe: { failed(where: string, error: unknown): void; called(call: string, status: number): void }
}

/** How the cells stand, by the database that they share. */
export interface CellsStanding {
  /** Of what they write: the one agreed on. */
  readonly version: number
  readonly leaseSeconds: number
  readonly cells: readonly {
    readonly cell: string
    readonly state: 'new' | 'stopped' | 'acts' | 'silent'
    readonly version: number
    readonly behind: number
    readonly waiting: number
    readonly renewedSecondsAgo: number | undefined
    readonly ownsAt: string | undefined
    readonly drained: boolean
  }[]
  /** Empty in all cells but the one that keeps the roster. */
  readonly roster: readonly RosterStanding[]
}

/** Which writes of a stop succeeded: the stop is in force even if it is not saved for a restart or not in the ledger. */
export interface StopResult {
  /** Every data thread; a confirmed one begins no disclosure that ignores the switch. */
  readonly workers: readonly { readonly worker: number; readonly inForce: boolean }[]
  readonly durable: boolean
  readonly recorded: boolean
  /** False: other cells could not be told and may still send. */
  readonly everywhere: boolean
}

export type ReloadResult =
  | {
      readonly ok: true
      readonly revision: number
      readonly changed: boolean
      /** Number of the pending proposal, if the files widen. */
      readonly waiting?: number
      /** `gateway.yaml` differs from the running configuration and takes effect at the next start. */
      readonly restartNeeded: boolean
      /** Files that still differ from the live revision. */
      readonly drift: FilesStatus['drift']
    }
  | { readonly ok: false; readonly problems: readonly string[] }

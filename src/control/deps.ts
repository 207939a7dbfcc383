/** What the control plane needs from the rest of the house. */
import type { Choices, DeletionRequests, ErasureSteps, StateChoice } from '../choices/ports.ts'
import type { Revisions } from '../contracts/ports.ts'
import type { Publishing } from '../contracts/publishing.ts'
import type { Deliveries } from '../delivery/ports.ts'
import type { RelayBooks } from '../flow/relay-books.ts'
import type { Intake } from '../intake/ports.ts'
import type { Ledger, LedgerArchive } from '../ledger/ports.ts'
import type { EpochMs, PartnerId, Revision } from '../model/brand.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { Rights } from '../subjects/rights.ts'
import type { Access } from './access/access.ts'
import type { ActorBook } from './access/actor-book.ts'
import type { Audit } from './access/audit.ts'
import type { BrowserRules } from './access/browser.ts'
import type { Rate } from './access/rates.ts'
import type { IdempotencyKeys } from './idempotency.ts'
import type { SimulateDeps } from './simulate.ts'

export interface ControlDeps {
  readonly intake: Intake
  readonly choices: Choices & Pick<ErasureSteps, 'keptForFraud' | 'personOf'> & Pick<DeletionRequests, 'openDeletions'>
  readonly stateChoice: StateChoice
  readonly rights: Rights
  readonly ledger: Ledger
  readonly archive: LedgerArchive
  readonly revisions: Revisions
  readonly deliveries: Deliveries
  /** Relayed requests by partner, since the start. */
  readonly relayTotals: RelayBooks['totals']
  readonly metrics: Metrics
  readonly simulation: SimulateDeps
  readonly now: () => EpochMs
  readonly access: Access
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
  /** Reads the configuration again; a bad one changes nothing. */
  readonly reload: () => Promise<ReloadResult>
  readonly publishing: Pick<Publishing, 'publisher' | 'drafts' | 'diff'>
  /** The files a revision was made from, by path; undefined where none were kept. */
  readonly revisionTexts: (revision: Revision) => Promise<Readonly<Record<string, string>> | undefined>
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
    }
  | { readonly ok: false; readonly problems: readonly string[] }

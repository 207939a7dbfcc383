/** What the control plane needs from the rest of the house. */
import type { Choices } from '../choices/ports.ts'
import type { Revisions } from '../contracts/ports.ts'
import type { Deliveries } from '../delivery/ports.ts'
import type { Intake } from '../intake/ports.ts'
import type { Ledger, LedgerArchive } from '../ledger/ports.ts'
import type { Actor } from '../model/actor.ts'
import type { EpochMs, PartnerId } from '../model/brand.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { SimulateDeps } from './simulate.ts'

export interface ControlDeps {
  readonly intake: Intake
  readonly choices: Choices
  readonly ledger: Ledger
  readonly archive: LedgerArchive
  readonly revisions: Revisions
  readonly deliveries: Deliveries
  readonly metrics: Metrics
  readonly simulation: SimulateDeps
  readonly now: () => EpochMs
  /** Who holds this token. Rejects with `ERR_TOKEN_INVALID`. */
  readonly authenticate: (token: string) => Promise<Actor>
  /** Stops or resumes one partner, or all; in force when it resolves. */
  readonly stop: (partner: PartnerId | 'all', stopped: boolean) => Promise<void>
  /** Reads the configuration again; a bad one changes nothing. */
  readonly reload: () => Promise<ReloadResult>
  readonly started: () => boolean
  readonly stopping: () => boolean
  readonly observe: { failed(where: string, error: unknown): void }
}

export type ReloadResult =
  | { readonly ok: true; readonly revision: number; readonly changed: boolean }
  | { readonly ok: false; readonly problems: readonly string[] }

/** Read access to published revisions and stops. */
import type { AppId, PartnerId, Revision } from '../model/brand.ts'
import type { AppPlan, ContractPlan, RevisionPlan } from '../model/contract.ts'

export interface Revisions {
  /** The live revision. Changes only at a turn boundary, for all readers at once, and bumps freshness. */
  current(): RevisionPlan
  /** A past revision, however old; undefined if the number was never published. */
  at(revision: Revision): RevisionPlan | undefined
  /** The same for explanations of the past: also undefined if the file is damaged. */
  kept(revision: Revision): RevisionPlan | undefined
  /** Its configuration files, by path in the folder; undefined if they were not stored. */
  texts(revision: Revision): Promise<Readonly<Record<string, string>> | undefined>
  app(id: AppId): AppPlan | undefined
  appOfKey(writeKey: string): { readonly app: AppPlan; readonly retired: boolean } | undefined
  contract(id: PartnerId): ContractPlan | undefined
  /** Partners that an operator has stopped. */
  stopped(partner: PartnerId): boolean
  /** Individually stopped partners, independent of the stop of all; and whether all are stopped. */
  stops(): { readonly partners: ReadonlySet<string>; readonly all: boolean }
  /** The listener runs after a new revision is live. */
  onChange(listener: () => void): void
}

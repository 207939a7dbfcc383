/** What others may ask of the published revisions. */
import type { AppId, PartnerId, Revision } from '../model/brand.ts'
import type { AppPlan, ContractPlan, RevisionPlan } from '../model/contract.ts'

export interface Revisions {
  /** The live revision. Changes only at a turn boundary, for all readers at once, and bumps freshness. */
  current(): RevisionPlan
  /** A past revision, however old; undefined where the number was never published. */
  at(revision: Revision): RevisionPlan | undefined
  /** The same for words about the past, where a damaged file is no reason to say nothing: then undefined as well. */
  kept(revision: Revision): RevisionPlan | undefined
  /** The configuration files it was made from, by their path in the folder; undefined where they were not kept. */
  texts(revision: Revision): Promise<Readonly<Record<string, string>> | undefined>
  app(id: AppId): AppPlan | undefined
  appOfKey(writeKey: string): { readonly app: AppPlan; readonly retired: boolean } | undefined
  contract(id: PartnerId): ContractPlan | undefined
  /** Partners that an operator has stopped. */
  stopped(partner: PartnerId): boolean
  /** Stopped one by one, whatever the stop of all says; and whether all are. */
  stops(): { readonly partners: ReadonlySet<string>; readonly all: boolean }
  /** Calls back after a new revision is live. */
  onChange(listener: () => void): void
}

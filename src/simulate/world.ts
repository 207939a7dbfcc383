/** One revision, live or draft, prepared for simulation with the parts that delivery uses. Cannot send. */
import type { KeyObject } from 'node:crypto'
import { createParts, type Parts } from '../flow/parts.ts'
import { createPreparer, type Preparer } from '../flow/prepare.ts'
import { createRoutes, type Routes } from '../flow/routes.ts'
import type { PartnerId } from '../model/brand.ts'
import type { RevisionPlan } from '../model/contract.ts'
import type { RegisteredType } from '../partners/kit/envelope-limits.ts'

export interface World {
  readonly plan: RevisionPlan
  readonly types: ReadonlyMap<string, RegisteredType>
  readonly parts: Parts
  /** The same, with every partner stopped. */
  readonly stoppedParts: Parts
  readonly routes: Routes
  readonly preparer: Preparer
}

export interface WorldDeps {
  readonly types: ReadonlyMap<string, RegisteredType>
  /** 32 bytes; the gateway's own key gives the pseudonyms that partners receive. */
  readonly pseudonymKey: KeyObject
  /** Partners that an operator has stopped. */
  readonly stopped: (partner: PartnerId) => boolean
}

/** As if `plan` had been in force at acceptance and still were. */
export function createWorld(plan: RevisionPlan, { types, pseudonymKey, stopped }: WorldDeps): World {
  const revisions = { current: () => plan, at: () => plan }
  return {
    plan,
    types,
    parts: createParts({ ...revisions, stopped }, types, pseudonymKey),
    stoppedParts: createParts({ ...revisions, stopped: () => true }, types, pseudonymKey),
    routes: createRoutes(plan, (type) => types.get(type)?.abilities, stopped),
    preparer: createPreparer(),
  }
}

/** Partners whose contracts list this app and event, including stopped ones; by id. */
export function partnersFor({ plan }: World, app: string, eventKey: string): readonly PartnerId[] {
  return plan.contracts
    .filter(({ apps, events }) => apps.some((id) => id === app) && Object.hasOwn(events, eventKey))
    .map(({ id }) => id)
}

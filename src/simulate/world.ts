/** One revision, live or draft, made ready to be simulated: the very parts that delivery works with. Holds no wire. */
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
  /** The same with every partner stopped. */
  readonly stoppedParts: Parts
  readonly routes: Routes
  readonly preparer: Preparer
}

export interface WorldDeps {
  readonly types: ReadonlyMap<string, RegisteredType>
  /** 32 bytes; with the gateway's own, pseudonyms are the ones that partners get. */
  readonly pseudonymKey: KeyObject
  /** Partners that an operator has stopped. */
  readonly stopped: (partner: PartnerId) => boolean
}

/** As if `plan` had been in force when the event came and still were. */
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

/** Partners whose contracts name this app and event, stopped ones as well; by id. */
export function partnersFor({ plan }: World, app: string, eventKey: string): readonly PartnerId[] {
  return plan.contracts
    .filter(({ apps, events }) => apps.some((id) => id === app) && Object.hasOwn(events, eventKey))
    .map(({ id }) => id)
}

/** Contracts for vectors. */
import type { AppId, PartnerId } from '../../../src/model/brand.ts'
import type { ContractPlan, EventGrant, Levels } from '../../../src/model/contract.ts'
import { FIELD_CLASSES, topOf } from '../../../src/model/field-class.ts'
import { APPS } from './delivery.ts'

export const EVERYTHING: Levels = Object.fromEntries(FIELD_CLASSES.map((name) => [name, topOf(name)]))

/** A third party for measurement: everything else is named by whoever makes it. */
export function contractFor(
  id: string,
  type: string,
  part: Pick<ContractPlan, 'events' | 'share' | 'whenRestricted' | 'connection'>,
): ContractPlan {
  return {
    id: id as PartnerId,
    name: id,
    type,
    role: 'third_party',
    purposes: ['measurement'],
    countries: ['US'],
    consentCategories: [],
    privacyPolicy: '',
    contact: '',
    apps: Object.values(APPS) as unknown as readonly AppId[],
    limits: { perSecond: 1, concurrency: 1, timeoutMs: 1_000, batch: 1, lingerMs: 0, attempts: 1 },
    ...part,
  }
}

/** The same word and the same properties for every event of these names. */
export function eventsNamed(keys: readonly string[], grant: EventGrant): ContractPlan['events'] {
  return Object.fromEntries(keys.map((key) => [key, grant]))
}

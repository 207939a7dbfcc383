/** Every route of the ops API. Nothing registers itself. */
import type { Route } from '../route.ts'
import { ACCESS_ROUTES } from './access.ts'
import { ACCOUNTING_ROUTES } from './accounting.ts'
import { CHOICE_ROUTES } from './choices.ts'
import { DELIVERY_ROUTES } from './deliveries.ts'
import { DISCLOSURE_ROUTES } from './disclosures.ts'
import { LEDGER_ROUTES } from './ledger.ts'
import { PARTNER_ROUTES } from './partners.ts'
import { RELOAD_ROUTES } from './reload.ts'
import { REPLAY_ROUTES } from './replay.ts'
import { SIMULATE_ROUTES } from './simulate.ts'
import { SUBJECT_ROUTES } from './subjects.ts'

export const ROUTES: readonly Route[] = [
  ...PARTNER_ROUTES,
  ...RELOAD_ROUTES,
  ...SIMULATE_ROUTES,
  ...REPLAY_ROUTES,
  ...SUBJECT_ROUTES,
  ...CHOICE_ROUTES,
  ...ACCOUNTING_ROUTES,
  ...DELIVERY_ROUTES,
  ...LEDGER_ROUTES,
  ...ACCESS_ROUTES,
  ...DISCLOSURE_ROUTES,
]

/** Every route of the ops API. Nothing registers itself. */
import type { Route } from '../route.ts'
import { ACCESS_ROUTES } from './access.ts'
import { ACCOUNTING_ROUTES } from './accounting.ts'
import { CATALOGUE_ROUTES } from './catalogue.ts'
import { CHOICE_ROUTES } from './choices.ts'
import { DELIVERY_ROUTES } from './deliveries.ts'
import { DISCLOSURE_ROUTES } from './disclosures.ts'
import { HOLD_ROUTES } from './holds.ts'
import { LEDGER_ROUTES } from './ledger.ts'
import { PARTNER_ROUTES } from './partners.ts'
import { PROPOSAL_ROUTES } from './proposals.ts'
import { PUBLISH_ROUTES } from './publish.ts'
import { RELOAD_ROUTES } from './reload.ts'
import { REPLAY_ROUTES } from './replay.ts'
import { REVISION_ROUTES } from './revisions.ts'
import { RIGHTS_ROUTES } from './rights.ts'
import { SIMULATE_ROUTES } from './simulate.ts'
import { SUBJECT_ROUTES } from './subjects.ts'

export const ROUTES: readonly Route[] = [
  ...PARTNER_ROUTES,
  ...CATALOGUE_ROUTES,
  ...RELOAD_ROUTES,
  // Before the revisions: `/revisions/replay` is no revision.
  ...REPLAY_ROUTES,
  ...REVISION_ROUTES,
  ...PUBLISH_ROUTES,
  ...PROPOSAL_ROUTES,
  ...SIMULATE_ROUTES,
  ...SUBJECT_ROUTES,
  ...RIGHTS_ROUTES,
  ...CHOICE_ROUTES,
  ...ACCOUNTING_ROUTES,
  ...DELIVERY_ROUTES,
  ...LEDGER_ROUTES,
  ...HOLD_ROUTES,
  ...DISCLOSURE_ROUTES,
  // Last: its examples end the bootstrap token that the others are called with.
  ...ACCESS_ROUTES,
]

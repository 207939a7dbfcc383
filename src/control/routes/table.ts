/** Every route of the ops API. */
import type { Route } from '../route.ts'
import { ACCESS_ROUTES } from './access.ts'
import { ACCOUNTING_ROUTES } from './accounting.ts'
import { ACCOUNTING_WINDOW_ROUTES } from './accounting-window.ts'
import { BY_HAND_ROUTES } from './by-hand.ts'
import { CASE_STEP_ROUTES } from './case-steps.ts'
import { CASE_ROUTES } from './cases.ts'
import { CATALOGUE_ROUTES } from './catalogue.ts'
import { CHILDREN_ROUTES } from './children.ts'
import { CHOICE_ROUTES } from './choices.ts'
import { DELIVERY_ROUTES } from './deliveries.ts'
import { DISCLOSURE_ROUTES } from './disclosures.ts'
import { ERASURE_ROUTES } from './erasure.ts'
import { GUARD_ROUTES } from './guard.ts'
import { HOLD_ROUTES } from './holds.ts'
import { INBOX_ROUTES } from './inbox.ts'
import { LEDGER_ROUTES } from './ledger.ts'
import { LEDGER_STATE_ROUTES } from './ledger-state.ts'
import { LIVE_ROUTES } from './live.ts'
import { NOTICE_ROUTES } from './notices.ts'
import { PACK_ROUTES } from './packs.ts'
import { PARTNER_HEALTH_ROUTES } from './partner-health.ts'
import { PARTNER_ROUTES } from './partners.ts'
import { PERSON_LINK_ROUTES } from './person-links.ts'
import { PROPOSAL_FILE_ROUTES } from './proposal-files.ts'
import { PROPOSAL_ROUTES } from './proposals.ts'
import { PUBLISH_ROUTES } from './publish.ts'
import { RELEASED_ROUTES } from './released.ts'
import { RELOAD_ROUTES } from './reload.ts'
import { REPLAY_ROUTES } from './replay.ts'
import { REVISION_ROUTES } from './revisions.ts'
import { RIGHTS_ROUTES } from './rights.ts'
import { SCHEMA_ROUTES } from './schemas.ts'
import { SIGN_IN_ROUTES } from './sign-in.ts'
import { SIGNAL_ROUTES } from './signals.ts'
import { SIMULATE_ROUTES } from './simulate.ts'
import { STATUS_ROUTES } from './status.ts'
import { SUBJECT_ROUTES } from './subjects.ts'
import { TEST_EVENT_ROUTES } from './test-events.ts'
import { WAITING_ROUTES } from './waiting.ts'
import { WHY_ROUTES } from './why.ts'

export const ROUTES: readonly Route[] = [
  ...PARTNER_ROUTES,
  ...CATALOGUE_ROUTES,
  ...SCHEMA_ROUTES,
  ...SIGNAL_ROUTES,
  ...RELOAD_ROUTES,
  ...STATUS_ROUTES,
  // Before the revisions: `/revisions/replay` must not match a revision.
  ...REPLAY_ROUTES,
  ...REVISION_ROUTES,
  ...PUBLISH_ROUTES,
  ...PROPOSAL_ROUTES,
  ...PROPOSAL_FILE_ROUTES,
  ...INBOX_ROUTES,
  ...SIMULATE_ROUTES,
  ...TEST_EVENT_ROUTES,
  ...LIVE_ROUTES,
  ...GUARD_ROUTES,
  ...SUBJECT_ROUTES,
  ...PERSON_LINK_ROUTES,
  ...RIGHTS_ROUTES,
  ...ERASURE_ROUTES,
  ...CASE_ROUTES,
  ...CASE_STEP_ROUTES,
  ...CHILDREN_ROUTES,
  ...NOTICE_ROUTES,
  ...CHOICE_ROUTES,
  ...ACCOUNTING_ROUTES,
  ...ACCOUNTING_WINDOW_ROUTES,
  ...DELIVERY_ROUTES,
  ...PARTNER_HEALTH_ROUTES,
  ...WAITING_ROUTES,
  ...LEDGER_ROUTES,
  ...LEDGER_STATE_ROUTES,
  ...HOLD_ROUTES,
  ...BY_HAND_ROUTES,
  ...DISCLOSURE_ROUTES,
  ...WHY_ROUTES,
  ...PACK_ROUTES,
  ...RELEASED_ROUTES,
  ...SIGN_IN_ROUTES,
  // Last: its examples rotate the bootstrap token that the other examples use.
  ...ACCESS_ROUTES,
]

/** Every route of the ops API. */
import type { Route, TaggedRoute } from '../route.ts'
import { ACCESS_ROUTES } from './access.ts'
import { ACCOUNTING_ROUTES } from './accounting.ts'
import { ACCOUNTING_WINDOW_ROUTES } from './accounting-window.ts'
import { BY_HAND_ROUTES } from './by-hand.ts'
import { CASE_STEP_ROUTES } from './case-steps.ts'
import { CASE_ROUTES } from './cases.ts'
import { CATALOGUE_ROUTES } from './catalogue.ts'
import { CELL_ROUTES } from './cells.ts'
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

export const ROUTES: readonly TaggedRoute[] = [
  ...under('partners', PARTNER_ROUTES),
  ...under('partners', CATALOGUE_ROUTES),
  ...under('configuration', SCHEMA_ROUTES),
  ...under('configuration', SIGNAL_ROUTES),
  ...under('configuration', RELOAD_ROUTES),
  ...under('configuration', STATUS_ROUTES),
  // Before the revisions: `/revisions/replay` must not match a revision.
  ...under('simulate', REPLAY_ROUTES),
  ...under('configuration', REVISION_ROUTES),
  ...under('configuration', PUBLISH_ROUTES),
  ...under('configuration', PROPOSAL_ROUTES),
  ...under('configuration', PROPOSAL_FILE_ROUTES),
  ...under('configuration', INBOX_ROUTES),
  ...under('simulate', SIMULATE_ROUTES),
  ...under('simulate', TEST_EVENT_ROUTES),
  ...under('operations', LIVE_ROUTES),
  ...under('simulate', GUARD_ROUTES),
  ...under('subjects', SUBJECT_ROUTES),
  ...under('subjects', PERSON_LINK_ROUTES),
  ...under('subjects', RIGHTS_ROUTES),
  ...under('subjects', ERASURE_ROUTES),
  ...under('cases', CASE_ROUTES),
  ...under('cases', CASE_STEP_ROUTES),
  ...under('cases', CHILDREN_ROUTES),
  ...under('subjects', NOTICE_ROUTES),
  ...under('subjects', CHOICE_ROUTES),
  ...under('operations', ACCOUNTING_ROUTES),
  ...under('operations', CELL_ROUTES),
  ...under('operations', ACCOUNTING_WINDOW_ROUTES),
  ...under('operations', DELIVERY_ROUTES),
  ...under('operations', PARTNER_HEALTH_ROUTES),
  ...under('operations', WAITING_ROUTES),
  ...under('ledger', LEDGER_ROUTES),
  ...under('ledger', LEDGER_STATE_ROUTES),
  ...under('ledger', HOLD_ROUTES),
  ...under('ledger', BY_HAND_ROUTES),
  ...under('ledger', DISCLOSURE_ROUTES),
  ...under('ledger', WHY_ROUTES),
  ...under('evidence', PACK_ROUTES),
  ...under('evidence', RELEASED_ROUTES),
  ...under('access', SIGN_IN_ROUTES),
  // Last: its examples rotate the bootstrap token that the other examples use.
  ...under('access', ACCESS_ROUTES),
]

/** Routes under the tag that most of their file have. */
function under(tag: string, routes: readonly Route[]): readonly TaggedRoute[] {
  return routes.map((route) => ({ tag, ...route }))
}

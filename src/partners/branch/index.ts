/** Branch, Events API v2. */
import { passes } from '../abilities.ts'
import type { RegisteredType } from '../envelope-limits.ts'
import { ownConstants } from '../own-constants.ts'
import { BRANCH_CONNECTION } from './connection.ts'
import { createBranchEncoder, OWN_PROPERTIES } from './encode.ts'
import { branchMap } from './redact.ts'
import { respond } from './respond.ts'

/** Not published; far above what one event holds. */
const MAX_BYTES = 32_000

export const branch: RegisteredType = {
  type: 'branch',
  doc: "Branch API documentation, Logging standard events and SDK privacy controls (as excerpts) [B]; RudderStack's branch transformer and Branch's Android SDK for names [A]; the place of the restriction's further flags and of randomized_device_token in the body [C] (November 2026)",
  connection: BRANCH_CONNECTION,
  abilities: {
    ...passes(
      'advertising_id',
      'vendor_id',
      'device_id',
      'user_id',
      'partner_id',
      'ip',
      'user_agent',
      'device',
      'os',
      'locale',
      'property',
    ),
    place: 1,
  },
  deletion:
    'POST https://api2.branch.io/v1/gdpr with subject_request_type erasure, on request from Branch (Data Subject Request API)',
  secrets: ['key'],
  maxBatch: 1,
  envelopeLimits: () => ({ maxItems: 1, maxBytes: MAX_BYTES }),
  // It takes no id of the event, so the same event twice counts twice.
  deduplicates: () => false,
  encoder: (connection) => {
    const encoder = createBranchEncoder(BRANCH_CONNECTION.parse(connection))
    return { ...encoder, respond, constants: ownConstants(encoder.item, OWN_PROPERTIES) }
  },
  redact: (connection) => branchMap(BRANCH_CONNECTION.parse(connection)),
}

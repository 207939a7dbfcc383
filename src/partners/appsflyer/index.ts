/** AppsFlyer, server-to-server in-app events for mobile apps. */
import { ipLevel } from '../../model/field-class.ts'
import { passes } from '../abilities.ts'
import type { RegisteredType } from '../envelope-limits.ts'
import { APPSFLYER_CONNECTION } from './connection.ts'
import { createAppsFlyerEncoder } from './encode.ts'
import { appsFlyerMap } from './redact.ts'
import { respond } from './respond.ts'

/** One event of at most 1 KB, and what its headers add. */
const MAX_BYTES = 1_100

export const appsflyer: RegisteredType = {
  type: 'appsflyer',
  doc: 'AppsFlyer server-to-server events API for mobile (public OpenAPI description, api-evangelist/appsflyer 7426c15f) [A]; retry on 429 and network errors is general knowledge [C]',
  connection: APPSFLYER_CONNECTION,
  abilities: {
    ...passes(
      'advertising_id',
      'vendor_id',
      'user_id',
      'partner_id',
      'email',
      'phone',
      'name',
      'user_agent',
      'os',
      'time',
      'property',
    ),
    // No v6 address: AppsFlyer's pattern takes v4 only.
    ip: ipLevel(32, 0),
  },
  deletion: 'its OpenDSR API, a request of type erasure (general knowledge, not looked up)',
  secrets: ['key'],
  maxBatch: 1,
  envelopeLimits: () => ({ maxItems: 1, maxBytes: MAX_BYTES }),
  // It keeps no id of ours, so the same event twice counts twice.
  deduplicates: () => false,
  encoder: (connection) => ({
    ...createAppsFlyerEncoder(APPSFLYER_CONNECTION.parse(connection)),
    respond,
    // ATT statuses, app set id scopes, and the word that shares with nobody.
    constants: ['1', '2', '3', 'all'],
  }),
  redact: (connection) => appsFlyerMap(APPSFLYER_CONNECTION.parse(connection)),
}

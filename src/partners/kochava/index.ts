/** Kochava, server-to-server post-install events. */
import { passes } from '../abilities.ts'
import type { RegisteredType } from '../envelope-limits.ts'
import { ownConstants } from '../own-constants.ts'
import { KOCHAVA_CONNECTION } from './connection.ts'
import { createKochavaEncoder, OWN_PROPERTIES } from './encode.ts'
import { kochavaMap } from './redact.ts'
import { respond } from './respond.ts'

/** Not published; far above what one event holds. */
const MAX_BYTES = 32_000

export const kochava: RegisteredType = {
  type: 'kochava',
  doc: "Kochava support, Post-install event setup (as an excerpt that does not say which keys stand under data) [B]; RudderStack's kochava transformer for their places [A]; RevenueCat's page for the answer [B]; app_limit_tracking and retries [C] (November 2026)",
  connection: KOCHAVA_CONNECTION,
  abilities: passes(
    'advertising_id',
    'vendor_id',
    'device_id',
    'anonymous_id',
    'partner_id',
    'ip',
    'user_agent',
    'device',
    'os',
    'locale',
    'time',
    'property',
  ),
  secrets: [],
  maxBatch: 1,
  envelopeLimits: () => ({ maxItems: 1, maxBytes: MAX_BYTES }),
  // It takes no id of the event, so the same event twice counts twice.
  deduplicates: () => false,
  encoder: (connection) => {
    const encoder = createKochavaEncoder(KOCHAVA_CONNECTION.parse(connection))
    return { ...encoder, respond, constants: ownConstants(encoder.item, OWN_PROPERTIES) }
  },
  redact: (connection) => kochavaMap(KOCHAVA_CONNECTION.parse(connection)),
}

/** Snapchat, Conversions API v3. */
import { passes } from '../abilities.ts'
import type { RegisteredType } from '../envelope-limits.ts'
import { ownConstants } from '../own-constants.ts'
import { SNAPCHAT_CONNECTION } from './connection.ts'
import { createSnapchatEncoder, OWN_PROPERTIES } from './encode.ts'
import { snapchatMap } from './redact.ts'
import { respond } from './respond.ts'

const MAX_ITEMS = 2_000
const MAX_BYTES = 1_000_000

export const snapchatCapi: RegisteredType = {
  type: 'snapchat_capi',
  doc: "Snap's developer pages Using the API and Parameters, with events at most 37 days old (as excerpts) [B]; Segment's snap-capi-v3 and RudderStack's snapchat_conversion, with 2,000 events a request [A]; the word for limited use is disputed [A/B], answers and de-duplication [C] (November 2026)",
  connection: SNAPCHAT_CONNECTION,
  abilities: passes(
    'advertising_id',
    'vendor_id',
    'user_id',
    'partner_id',
    'click_id',
    'message_id',
    'ip',
    'place',
    'email',
    'phone',
    'name',
    'gender',
    'user_agent',
    'device',
    'os',
    'locale',
    'timezone',
    'carrier',
    'time',
    'url',
    'property',
  ),
  secrets: ['token'],
  maxBatch: MAX_ITEMS,
  envelopeLimits: () => ({ maxItems: MAX_ITEMS, maxBytes: MAX_BYTES }),
  deduplicates: (connection) => SNAPCHAT_CONNECTION.parse(connection).idempotent,
  encoder: (connection) => {
    const encoder = createSnapchatEncoder(SNAPCHAT_CONNECTION.parse(connection))
    return { ...encoder, respond, constants: ownConstants(encoder.item, OWN_PROPERTIES) }
  },
  redact: (connection) => snapchatMap(SNAPCHAT_CONNECTION.parse(connection)),
}

/** Pinterest, Conversions API v5. */
import { passes } from '../abilities.ts'
import type { RegisteredType } from '../envelope-limits.ts'
import { ownConstants } from '../own-constants.ts'
import { PINTEREST_CONNECTION } from './connection.ts'
import { createPinterestEncoder, OWN_PROPERTIES } from './encode.ts'
import { pinterestMap } from './redact.ts'
import { respond } from './respond.ts'

const MAX_ITEMS = 1_000
const MAX_BYTES = 1_000_000

export const pinterestCapi: RegisteredType = {
  type: 'pinterest_capi',
  doc: "Pinterest's own Python client, pages ConversionEventsApi and ConversionEventsData, and its OpenAPI description 5.13 (api-evangelist/pinterest) [A]; RudderStack's pinterest_tag for hashing, custom_data and opt_out_type, its help page for 1,000 events a request [A/B]; what a partly failed answer says [C] (November 2026)",
  connection: PINTEREST_CONNECTION,
  abilities: passes(
    'advertising_id',
    'user_id',
    'partner_id',
    'message_id',
    'ip',
    'place',
    'email',
    'phone',
    'name',
    'birth_date',
    'gender',
    'user_agent',
    'device',
    'os',
    'locale',
    'carrier',
    'network',
    'time',
    'url',
    'property',
  ),
  secrets: ['token'],
  maxBatch: MAX_ITEMS,
  envelopeLimits: () => ({ maxItems: MAX_ITEMS, maxBytes: MAX_BYTES }),
  deduplicates: (connection) => PINTEREST_CONNECTION.parse(connection).idempotent,
  encoder: (connection) => {
    const encoder = createPinterestEncoder(PINTEREST_CONNECTION.parse(connection))
    return { ...encoder, respond, constants: ownConstants(encoder.item, OWN_PROPERTIES) }
  },
  redact: (connection) => pinterestMap(PINTEREST_CONNECTION.parse(connection)),
}

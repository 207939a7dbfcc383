/** Meta, Conversions API for app, web and offline events. */
import { passes } from '../abilities.ts'
import type { RegisteredType } from '../envelope-limits.ts'
import { ownConstants } from '../own-constants.ts'
import { META_CAPI_CONNECTION } from './connection.ts'
import { createMetaCapiEncoder, OWN_PROPERTIES } from './encode.ts'
import { metaCapiMap } from './redact.ts'
import { respond } from './respond.ts'

/** Events a request. [C] One bad event makes Meta refuse all of them: a contract may say fewer. */
const MAX_ITEMS = 1_000
const MAX_BYTES = 1_000_000

export const metaCapi: RegisteredType = {
  type: 'meta_capi',
  doc: "Meta's Conversions API parameters (as excerpts) [B]; RudderStack's facebook_conversions, Segment's facebook-conversions-api and Meta's Node SDK [A]; the size of a batch, the LDU place, the age limit of 7 days and what suffices to match [C] (November 2026)",
  connection: META_CAPI_CONNECTION,
  abilities: passes(
    'advertising_id',
    'user_id',
    'partner_id',
    'click_id',
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
    'timezone',
    'carrier',
    'time',
    'url',
    'referrer',
    'property',
  ),
  secrets: ['token'],
  maxBatch: MAX_ITEMS,
  envelopeLimits: () => ({ maxItems: MAX_ITEMS, maxBytes: MAX_BYTES }),
  deduplicates: (connection) => META_CAPI_CONNECTION.parse(connection).idempotent,
  encoder: (connection) => {
    const encoder = createMetaCapiEncoder(META_CAPI_CONNECTION.parse(connection))
    return { ...encoder, respond, constants: ownConstants(encoder.item, OWN_PROPERTIES) }
  },
  redact: (connection) => metaCapiMap(META_CAPI_CONNECTION.parse(connection)),
}

/** TikTok, Events API 2.0 for app, web and offline events. */
import { passes } from '../abilities.ts'
import type { RegisteredType } from '../envelope-limits.ts'
import { ownConstants } from '../own-constants.ts'
import { MOST_IN_A_BATCH, TIKTOK_CONNECTION } from './connection.ts'
import { createTikTokEncoder, OWN_PROPERTIES } from './encode.ts'
import { tikTokMap } from './redact.ts'
import { respond } from './respond.ts'

const MAX_BYTES = 1_000_000

export const tiktokEvents: RegisteredType = {
  type: 'tiktok_events',
  doc: "Segment's tiktok-app-events and RudderStack's tiktok_ads [A]; Tealium's connector page for the address and 50 events or 1 MB a request, TikTok's help page for de-duplication within 48 hours [B]; a limit of 1,000, codes from 50000 upwards and ad.callback from click_id [C] (November 2026)",
  connection: TIKTOK_CONNECTION,
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
    'user_agent',
    'locale',
    'time',
    'url',
    'referrer',
    'property',
  ),
  secrets: ['token'],
  maxBatch: MOST_IN_A_BATCH,
  envelopeLimits: (connection) => ({ maxItems: TIKTOK_CONNECTION.parse(connection).max_batch, maxBytes: MAX_BYTES }),
  deduplicates: (connection) => TIKTOK_CONNECTION.parse(connection).idempotent,
  encoder: (connection) => {
    const encoder = createTikTokEncoder(TIKTOK_CONNECTION.parse(connection))
    return { ...encoder, respond, constants: ownConstants(encoder.item, OWN_PROPERTIES) }
  },
  redact: (connection) => tikTokMap(TIKTOK_CONNECTION.parse(connection)),
}

/** Reddit, Conversions API v3 and v2.0. */
import { passes } from '../abilities.ts'
import type { RegisteredType } from '../envelope-limits.ts'
import { ownConstants } from '../own-constants.ts'
import { REDDIT_CONNECTION } from './connection.ts'
import { createRedditEncoder, OWN_PROPERTIES } from './encode.ts'
import { redditMap } from './redact.ts'
import { respond } from './respond.ts'

/** One bad event makes Reddit refuse all of them: a contract may say fewer. */
const MAX_ITEMS = 1_000
const MAX_BYTES = 1_000_000

export const redditCapi: RegisteredType = {
  type: 'reddit_capi',
  doc: "Segment's reddit-conversions-api: v2.0 by its tests [A], v3 by its notes of Reddit's pages, with 1,000 events a request, at most 7 days old, de-duplicated within 2 days [B]; PHYSICAL_STORE [C] (November 2026)",
  connection: REDDIT_CONNECTION,
  abilities: passes(
    'advertising_id',
    'user_id',
    'partner_id',
    'click_id',
    'message_id',
    'ip',
    'email',
    'phone',
    'user_agent',
    'device',
    'time',
    'url',
    'property',
  ),
  secrets: ['token'],
  maxBatch: MAX_ITEMS,
  envelopeLimits: () => ({ maxItems: MAX_ITEMS, maxBytes: MAX_BYTES }),
  deduplicates: (connection) => REDDIT_CONNECTION.parse(connection).idempotent,
  encoder: (connection) => {
    const encoder = createRedditEncoder(REDDIT_CONNECTION.parse(connection))
    return { ...encoder, respond, constants: ownConstants(encoder.item, OWN_PROPERTIES) }
  },
  redact: (connection) => redditMap(REDDIT_CONNECTION.parse(connection)),
}

/** TikTok, Events API 2.0 for app, web and offline events. */
import { passes } from '../kit/abilities.ts'
import { definePartnerType } from '../kit/define.ts'
import { MOST_IN_A_BATCH, TIKTOK_CONNECTION } from './connection.ts'
import { createTikTokEncoder } from './encode.ts'
import { tikTokMap } from './redact.ts'
import { respond } from './respond.ts'

export const tiktokEvents = definePartnerType({
  type: 'tiktok_events',
  doc: "Segment's tiktok-app-events and RudderStack's tiktok_ads [A]; Tealium's connector page for the address and 50 events or 1 MB a request, TikTok's help page for de-duplication within 48 hours [B]; a limit of 1,000, codes from 50000 upwards and ad.callback from click_id [C] (November 2026)",
  connection: TIKTOK_CONNECTION,
  sample: {
    connection: { event_source_id: '7000000000000000000', token: { env: 'KEY' } },
    view: { time: '2026-01-02T03:04:05.678Z' },
    answer: '{"code":0,"message":"OK"}',
  },
  abilities: passes(
    'advertising_id vendor_id user_id partner_id click_id message_id ip place email phone name user_agent locale time url referrer property',
  ),
  secrets: ['token'],
  maxBatch: MOST_IN_A_BATCH,
  maxItems: ({ max_batch }) => max_batch,
  maxBytes: 1_000_000,
  encode: createTikTokEncoder,
  respond,
  map: tikTokMap,
  notices: {
    calls: {},
    otherwise:
      'TikTok has no call that deletes one user’s events, and none for an opt-out (none found, November 2026), which it learns of from `limited_data_use` of later events, or from their absence. The gateway does not manage uploaded audiences: remove the user where they are kept (`POST /segment/mapping/` with `action: delete` [C]).',
  },
})

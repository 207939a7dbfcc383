/** Reddit, Conversions API v3 and v2.0. */
import { passes } from '../kit/abilities.ts'
import { definePartnerType } from '../kit/define.ts'
import { REDDIT_CONNECTION } from './connection.ts'
import { createRedditEncoder } from './encode.ts'
import { redditMap } from './redact.ts'
import { respond } from './respond.ts'

export const redditCapi = definePartnerType({
  type: 'reddit_capi',
  doc: "Segment's reddit-conversions-api: v2.0 by its tests [A], v3 by its notes of Reddit's pages, with 1,000 events a request, at most 7 days old, de-duplicated within 2 days [B]; PHYSICAL_STORE [C] (November 2026)",
  connection: REDDIT_CONNECTION,
  sample: {
    connection: { pixel: 't2_abc', token: { env: 'KEY' } },
    view: { time: '2026-01-02T03:04:05.678Z', ip: '203.0.113.0' },
  },
  abilities: passes(
    'advertising_id user_id partner_id click_id message_id ip email phone user_agent device time url property',
  ),
  secrets: ['token'],
  /** One bad event makes Reddit reject all of them: a contract may set fewer. */
  maxBatch: 1_000,
  maxBytes: 1_000_000,
  encode: createRedditEncoder,
  respond,
  map: redditMap,
  notices: {
    calls: {},
    otherwise:
      'Reddit’s Ads API has deletion jobs for each ad account and each pixel, whose path, hashing and answers are not public [B]: an account with the scope `adsdatadeletion` can use them manually. There is no call for an opt-out, which Reddit learns of from the limited-data-use mode of later events, or from their absence.',
  },
})

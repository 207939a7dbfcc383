/** Snapchat, Conversions API v3. */
import { passes } from '../kit/abilities.ts'
import { definePartnerType } from '../kit/define.ts'
import { SNAPCHAT_CONNECTION } from './connection.ts'
import { createSnapchatEncoder } from './encode.ts'
import { snapchatMap } from './redact.ts'
import { respond } from './respond.ts'

export const snapchatCapi = definePartnerType({
  type: 'snapchat_capi',
  doc: "Snap's developer pages Using the API and Parameters, with events at most 37 days old (as excerpts) [B]; Segment's snap-capi-v3 and RudderStack's snapchat_conversion, with 2,000 events a request [A]; the word for limited use is disputed [A/B], answers and de-duplication [C] (November 2026)",
  connection: SNAPCHAT_CONNECTION,
  sample: {
    connection: { id: '11111111-aaaa-4bbb-8ccc-222222222222', token: { env: 'KEY' } },
    view: { time: '2026-01-02T03:04:05.678Z' },
  },
  abilities: passes(
    'advertising_id vendor_id user_id partner_id click_id message_id ip place email phone name gender user_agent device os locale timezone carrier time url property',
  ),
  secrets: ['token'],
  maxBatch: 2_000,
  maxBytes: 1_000_000,
  encode: createSnapchatEncoder,
  respond,
  map: snapchatMap,
  notices: {
    calls: {},
    otherwise:
      'Snapchat has no call that deletes one user’s events, and none for an opt-out (none found, November 2026), which it learns of from the limited-use fields and `advertiser_tracking_enabled` of later events, or from their absence. The gateway does not manage uploaded segments: remove the user where they are kept, from each by itself (`DELETE /v1/segments/{id}/users` [B]).',
  },
})

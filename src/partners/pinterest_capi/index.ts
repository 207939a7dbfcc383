/** Pinterest, Conversions API v5. */
import { passes } from '../kit/abilities.ts'
import { definePartnerType } from '../kit/define.ts'
import { PINTEREST_CONNECTION } from './connection.ts'
import { createPinterestEncoder } from './encode.ts'
import { pinterestMap } from './redact.ts'
import { respond } from './respond.ts'

export const pinterestCapi = definePartnerType({
  type: 'pinterest_capi',
  doc: "Pinterest's own Python client, pages ConversionEventsApi and ConversionEventsData, and its OpenAPI description 5.13 (api-evangelist/pinterest) [A]; RudderStack's pinterest_tag for hashing, custom_data and opt_out_type, its help page for 1,000 events a request [A/B]; what a partly failed answer says [C] (November 2026)",
  connection: PINTEREST_CONNECTION,
  sample: {
    connection: { ad_account: '549755885175', token: { env: 'KEY' } },
    view: { time: '2026-01-02T03:04:05.678Z', message_id: 'm-1', ip: '203.0.113.0', user_agent: 'A/1' },
  },
  abilities: passes(
    'advertising_id user_id partner_id message_id ip place email phone name birth_date gender user_agent device os locale carrier network time url property',
  ),
  secrets: ['token'],
  maxBatch: 1_000,
  maxBytes: 1_000_000,
  encode: createPinterestEncoder,
  respond,
  map: pinterestMap,
  notices: {
    calls: {},
    otherwise:
      'Pinterest’s API v5 (description of 11 December 2025) has no call that deletes one user’s events, and none for an opt-out, which it learns of from `opt_out` and `opt_out_type` of later events, or from their absence. The gateway does not manage customer lists: remove the user where they are kept (`PATCH …/customer_lists/{list}` with `REMOVE`).',
  },
})

/** Meta, Conversions API for app, web and offline events. */
import { passes } from '../kit/abilities.ts'
import { definePartnerType } from '../kit/define.ts'
import { META_CAPI_CONNECTION } from './connection.ts'
import { createMetaCapiEncoder } from './encode.ts'
import { metaCapiMap } from './redact.ts'
import { respond } from './respond.ts'

export const metaCapi = definePartnerType({
  type: 'meta_capi',
  doc: "Meta's Conversions API parameters (as excerpts) [B]; RudderStack's facebook_conversions, Segment's facebook-conversions-api and Meta's Node SDK [A]; the size of a batch, the LDU place, the age limit of 7 days and what suffices to match [C] (November 2026)",
  connection: META_CAPI_CONNECTION,
  sample: {
    connection: { dataset: '123456789', token: { env: 'KEY' } },
    view: { time: '2026-01-02T03:04:05.678Z', ip: '203.0.113.0' },
  },
  abilities: passes(
    'advertising_id user_id partner_id click_id message_id ip place email phone name birth_date gender user_agent device os locale timezone carrier time url referrer property',
  ),
  secrets: ['token'],
  /** Events per request. [C] One bad event makes Meta reject all of them: a contract may set fewer. */
  maxBatch: 1_000,
  maxBytes: 1_000_000,
  encode: createMetaCapiEncoder,
  respond,
  map: metaCapiMap,
  notices: {
    calls: {},
    otherwise:
      'Meta has no call that deletes one user’s events, and none for an opt-out (none found, November 2026), which it learns of from `data_processing_options` of later events, or from their absence. The gateway does not manage uploaded audiences: remove the user where they are kept (`DELETE /act_{id}/usersofanyaudience`).',
  },
})

/** Meta, App Events API: older than the Conversions API, which Meta recommends for new use. */
import { passes } from '../kit/abilities.ts'
import { definePartnerType } from '../kit/define.ts'
import { META_APP_EVENTS_CONNECTION } from './connection.ts'
import { createMetaAppEventsEncoder } from './encode.ts'
import { metaAppEventsMap } from './redact.ts'
import { respond } from './respond.ts'

export const metaAppEvents = definePartnerType({
  type: 'meta_app_events',
  doc: "RudderStack's fb transformer, and for the relay facebook-ios-sdk and facebook-android-sdk, whose forms and JSON have ud as JSON text [A]; Meta's page calls it no longer recommended [B]; the data processing fields, the token and seconds in _logTime [C] (November 2026)",
  // No `idempotent`: Meta accepts no event id here, so a repeated event counts twice.
  connection: META_APP_EVENTS_CONNECTION,
  sample: {
    connection: { app_id: '1234567890', token: { env: 'KEY' } },
    view: { user_id: 'u-1' },
  },
  abilities: passes(
    'advertising_id user_id partner_id ip place email phone name birth_date gender device os locale timezone carrier time property',
  ),
  secrets: ['token'],
  maxBytes: 64_000,
  encode: createMetaAppEventsEncoder,
  respond,
  map: metaAppEventsMap,
  notices: {
    calls: {},
    otherwise:
      'Meta has no call that deletes one user’s events, and none for an opt-out (none found, November 2026), which it learns of from `data_processing_options` and `advertiser_tracking_enabled` of later events, or from their absence. The gateway does not manage uploaded audiences: remove the user where they are kept (`DELETE /act_{id}/usersofanyaudience`).',
  },
})

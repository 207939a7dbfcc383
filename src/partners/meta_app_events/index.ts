/** Meta, App Events API: older than the Conversions API, which Meta recommends for new use. */
import { passes } from '../abilities.ts'
import type { RegisteredType } from '../envelope-limits.ts'
import { ownConstants } from '../own-constants.ts'
import { META_APP_EVENTS_CONNECTION } from './connection.ts'
import { createMetaAppEventsEncoder, OWN_PROPERTIES } from './encode.ts'
import { metaAppEventsMap } from './redact.ts'
import { respond } from './respond.ts'

const MAX_BYTES = 64_000

export const metaAppEvents: RegisteredType = {
  type: 'meta_app_events',
  doc: "RudderStack's fb transformer, and for the relay facebook-ios-sdk and facebook-android-sdk, whose forms and JSON have ud as JSON text [A]; Meta's page calls it no longer recommended [B]; the data processing fields, the token and seconds in _logTime [C] (November 2026)",
  connection: META_APP_EVENTS_CONNECTION,
  abilities: passes(
    'advertising_id',
    'user_id',
    'partner_id',
    'ip',
    'place',
    'email',
    'phone',
    'name',
    'birth_date',
    'gender',
    'device',
    'os',
    'locale',
    'timezone',
    'carrier',
    'time',
    'property',
  ),
  secrets: ['token'],
  maxBatch: 1,
  envelopeLimits: () => ({ maxItems: 1, maxBytes: MAX_BYTES }),
  // It takes no id of the event, so the same event twice counts twice.
  deduplicates: () => false,
  encoder: (connection) => {
    const encoder = createMetaAppEventsEncoder(META_APP_EVENTS_CONNECTION.parse(connection))
    return { ...encoder, respond, constants: ownConstants(encoder.item, OWN_PROPERTIES) }
  },
  redact: (connection) => metaAppEventsMap(META_APP_EVENTS_CONNECTION.parse(connection)),
}

/** Google Ads, App conversion tracking and remarketing API (rdid). */
import { passes } from '../abilities.ts'
import type { RegisteredType } from '../envelope-limits.ts'
import { ownConstants } from '../own-constants.ts'
import { GOOGLE_ADS_APP_CONNECTION } from './connection.ts'
import { createGoogleAdsAppEncoder, OWN_PROPERTIES } from './encode.ts'
import { googleAdsAppMap } from './redact.ts'
import { respond } from './respond.ts'

/** A URL that long passes everywhere. */
const MAX_BYTES = 8_000

export const googleAdsApp: RegisteredType = {
  type: 'google_ads_app',
  doc: "Google's developer pages App conversion tracking and remarketing, Request/response specifications and Privacy compliant app attribution (as excerpts) [B]; event names, value, app_event_data, the path of the second call, DMA consents and answers [C]; no public implementation of this call was found, so there are no vectors (November 2026)",
  connection: GOOGLE_ADS_APP_CONNECTION,
  abilities: passes('advertising_id', 'click_id', 'ip', 'device', 'os', 'locale', 'time', 'property'),
  secrets: ['dev_token'],
  maxBatch: 1,
  envelopeLimits: () => ({ maxItems: 1, maxBytes: MAX_BYTES }),
  // Nothing is said of it, so the same event twice counts twice.
  deduplicates: () => false,
  encoder: (connection) => {
    const encoder = createGoogleAdsAppEncoder(GOOGLE_ADS_APP_CONNECTION.parse(connection))
    return { ...encoder, respond, constants: ownConstants(encoder.item, OWN_PROPERTIES) }
  },
  redact: (connection) => googleAdsAppMap(GOOGLE_ADS_APP_CONNECTION.parse(connection)),
}

/** Google Ads, App conversion tracking and remarketing API (rdid). */
import { passes } from '../kit/abilities.ts'
import { definePartnerType } from '../kit/define.ts'
import { GOOGLE_ADS_APP_CONNECTION } from './connection.ts'
import { createGoogleAdsAppEncoder } from './encode.ts'
import { googleAdsAppMap } from './redact.ts'
import { respond } from './respond.ts'

export const googleAdsApp = definePartnerType({
  type: 'google_ads_app',
  doc: "Google's developer pages App conversion tracking and remarketing, Request/response specifications and Privacy compliant app attribution (as excerpts) [B]; event names, value, app_event_data, the path of the second call, DMA consents and answers [C]; no public implementation of this call was found, so there are no vectors (November 2026)",
  // No `idempotent`: undocumented, so a repeated event counts twice.
  connection: GOOGLE_ADS_APP_CONNECTION,
  sample: {
    connection: { dev_token: { env: 'KEY' }, link_id: '0123456789ABCDEF', app_version: '1.0', eea: true },
    view: { time: '2026-01-02T03:04:05.678Z', ip: '203.0.113.0' },
  },
  abilities: passes('advertising_id click_id ip device os locale time property'),
  secrets: ['dev_token'],
  /** A URL of this length passes every proxy. */
  maxBytes: 8_000,
  encode: createGoogleAdsAppEncoder,
  respond,
  map: googleAdsAppMap,
  notices: {
    calls: {},
    otherwise:
      'Google Ads has no call that deletes one user’s conversions, and none for an opt-out (none found, November 2026), which it learns of from `lat` and the consent fields of later events, or from their absence. The gateway does not manage customer lists: remove the user where they are kept (Data Manager API, `audienceMembers:remove`); GA4’s user deletion is about Analytics, which no type here sends to.',
  },
})

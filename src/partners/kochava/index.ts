/** Kochava, server-to-server post-install events. */
import { passes } from '../kit/abilities.ts'
import { definePartnerType } from '../kit/define.ts'
import { KOCHAVA_CONNECTION } from './connection.ts'
import { createKochavaEncoder } from './encode.ts'
import { KOCHAVA_NOTICES } from './notices.ts'
import { kochavaMap } from './redact.ts'
import { respond } from './respond.ts'

export const kochava = definePartnerType({
  type: 'kochava',
  doc: "Kochava support, Post-install event setup (as an excerpt that does not say which keys stand under data) [B]; RudderStack's kochava transformer for their places [A]; RevenueCat's page for the answer [B]; app_limit_tracking and retries [C] (November 2026)",
  // No `idempotent`: Kochava accepts no event id, so a repeated event counts twice.
  connection: KOCHAVA_CONNECTION,
  sample: {
    connection: { app_guid: 'koinvented-app-abc1', notices: { account: 1234, key: { env: 'KEY' } } },
    view: { partner_id: { kochava_device_id: '1-2' } },
    answer: '{"success":"1"}',
  },
  abilities: passes(
    'advertising_id vendor_id device_id anonymous_id partner_id ip user_agent device os locale time property',
  ),
  deletion:
    'POST https://nng.kochava.com/accounts/{account}/privacy/scrub with the device id, or a mail to privacy@kochava.com (Kochava: Data Subject Request API)',
  secrets: ['notices.key'],
  /** Not published; far above what one event holds. */
  maxBytes: 32_000,
  encode: createKochavaEncoder,
  respond,
  map: kochavaMap,
  notices: KOCHAVA_NOTICES,
})

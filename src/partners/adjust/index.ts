/** Adjust, server-to-server events. */
import { COUNTRY, ipLevel } from '../../model/field-class.ts'
import { passes } from '../kit/abilities.ts'
import { definePartnerType } from '../kit/define.ts'
import { ADJUST_CONNECTION } from './connection.ts'
import { createAdjustEncoder } from './encode.ts'
import { ADJUST_NOTICES } from './notices.ts'
import { adjustMap } from './redact.ts'
import { respond } from './respond.ts'

export const adjust = definePartnerType({
  type: 'adjust',
  doc: "Adjust developer documentation, Server-to-server events, Manage third-party data sharing and Data erasure API (as excerpts) [B]; the hosts that erase, in adjust/ios_sdk [A]; RudderStack's adj transformer and Segment's adjust destination [A]; oaid, fire_adid, external_device_id, the regional hosts and what is retried are general knowledge [C] (November 2026)",
  // No `idempotent`: "S2S events are not de-duplicated": the same event twice counts twice.
  connection: ADJUST_CONNECTION,
  sample: {
    connection: { app_token: 'abc123def456', security_token: { env: 'KEY' } },
    view: { partner_id: { adid: '1-2' } },
  },
  abilities: {
    ...passes('advertising_id vendor_id device_id user_id partner_id user_agent device os locale time property'),
    // "IPv6 not yet supported".
    ip: ipLevel(32, 0),
    place: COUNTRY,
  },
  deletion:
    'POST https://gdpr.adjust.com/gdpr_forget_device with the app token and the device id (Adjust: Data erasure API)',
  secrets: ['security_token'],
  /** A URL of this length passes every proxy. */
  maxBytes: 8_000,
  encode: createAdjustEncoder,
  respond,
  map: adjustMap,
  notices: ADJUST_NOTICES,
})

/** AppsFlyer, server-to-server in-app events for mobile apps. */
import { ipLevel } from '../../model/field-class.ts'
import { passes } from '../kit/abilities.ts'
import { definePartnerType } from '../kit/define.ts'
import { APPSFLYER_CONNECTION } from './connection.ts'
import { createAppsFlyerEncoder } from './encode.ts'
import { APPSFLYER_NOTICES } from './notices.ts'
import { appsFlyerMap } from './redact.ts'
import { respond } from './respond.ts'

export const appsflyer = definePartnerType({
  type: 'appsflyer',
  doc: 'AppsFlyer server-to-server events API for mobile (public OpenAPI description, api-evangelist/appsflyer 7426c15f) [A]; retry on 429 and network errors is general knowledge [C]',
  // No `idempotent`: AppsFlyer stores no id of ours, so a repeated event counts twice.
  connection: APPSFLYER_CONNECTION,
  sample: {
    connection: { app_id: 'id1234567890', key: { env: 'KEY' }, notices: { token: { env: 'TOKEN' } } },
    view: { partner_id: { appsflyer_id: '1-2' } },
    answer: 'ok',
  },
  abilities: {
    ...passes('advertising_id vendor_id user_id partner_id email phone name user_agent os time property'),
    // No v6 address: AppsFlyer's pattern accepts v4 only.
    ip: ipLevel(32, 0),
  },
  deletion:
    'POST https://hq1.appsflyer.com/api/gdpr/v1/opendsr_requests, a request of type erasure (AppsFlyer: OpenDSR API)',
  secrets: ['key', 'notices.token'],
  /** One event of at most 1 KB, plus its headers. */
  maxBytes: 1_100,
  encode: createAppsFlyerEncoder,
  respond,
  map: appsFlyerMap,
  notices: APPSFLYER_NOTICES,
})

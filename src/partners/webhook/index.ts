/** JSON to any HTTPS address: for partners without a type of their own, and for internal systems. */
import { passes } from '../kit/abilities.ts'
import { definePartnerType } from '../kit/define.ts'
import { WEBHOOK_CONNECTION } from './connection.ts'
import { createWebhookEncoder } from './encode.ts'
import { WEBHOOK_NOTICES } from './notices.ts'
import { respond } from './respond.ts'

/** Common practice of webhook receivers. */
const MAX_ITEMS = 500

export const webhook = definePartnerType({
  type: 'webhook',
  doc: "Sluice's own JSON, described in docs/partners/webhook.md; limits and retryable answers are common practice of webhook receivers (November 2026; not one vendor's promise)",
  connection: WEBHOOK_CONNECTION,
  sample: {
    connection: {
      url: 'https://partner.example/in',
      batch: true,
      headers: { 'X-Api-Key': { env: 'KEY' } },
      signature: { header: 'X-Signature', key: { env: 'SIGNING_KEY' } },
      notices: {},
    },
    view: {},
  },
  abilities: passes(
    'advertising_id vendor_id device_id user_id anonymous_id push_token partner_id click_id message_id ip coordinates place email phone name address birth_date gender user_agent device os locale timezone carrier network time url referrer receipt property',
  ),
  secrets: ['headers.*', 'signature.key', 'opendsr.headers.*'],
  maxBatch: MAX_ITEMS,
  maxItems: ({ batch }) => (batch ? MAX_ITEMS : 1),
  maxBytes: 500_000,
  encode: createWebhookEncoder,
  respond,
  notices: WEBHOOK_NOTICES,
})

/** JSON to any HTTPS address: for partners without a type of their own, and for a company's own systems. */
import { passes } from '../abilities.ts'
import type { RegisteredType } from '../envelope-limits.ts'
import { WEBHOOK_CONNECTION } from './connection.ts'
import { createEnvelope, encodeItem } from './encode.ts'
import { respond } from './respond.ts'

/** Where the partner says nothing else: common practice of webhook receivers. */
const MAX_ITEMS = 500
const MAX_BYTES = 500_000

export const webhook: RegisteredType = {
  type: 'webhook',
  doc: "Sluice's own JSON, described in docs/partners/webhook.md; limits and retryable answers are common practice of webhook receivers (November 2026; not one vendor's promise)",
  connection: WEBHOOK_CONNECTION,
  abilities: passes(
    'advertising_id',
    'vendor_id',
    'device_id',
    'user_id',
    'anonymous_id',
    'push_token',
    'partner_id',
    'click_id',
    'message_id',
    'ip',
    'coordinates',
    'place',
    'email',
    'phone',
    'name',
    'address',
    'birth_date',
    'gender',
    'user_agent',
    'device',
    'os',
    'locale',
    'timezone',
    'carrier',
    'network',
    'time',
    'url',
    'referrer',
    'receipt',
    'property',
  ),
  secrets: ['headers.*', 'signature.key'],
  maxBatch: MAX_ITEMS,
  envelopeLimits: (connection) => ({
    maxItems: WEBHOOK_CONNECTION.parse(connection).batch ? MAX_ITEMS : 1,
    maxBytes: MAX_BYTES,
  }),
  deduplicates: (connection) => WEBHOOK_CONNECTION.parse(connection).idempotent,
  encoder: (connection) => ({
    item: (view, flags) => ({ kind: 'item', bytes: encodeItem(view, flags) }),
    envelope: createEnvelope(WEBHOOK_CONNECTION.parse(connection)),
    respond,
  }),
}

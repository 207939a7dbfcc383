/** Singular, server-to-server sessions and events. */
import { COUNTRY, ipLevel } from '../../model/field-class.ts'
import { passes } from '../kit/abilities.ts'
import { definePartnerType } from '../kit/define.ts'
import { SINGULAR_CONNECTION } from './connection.ts'
import { createSingularEncoder } from './encode.ts'
import { SINGULAR_NOTICES } from './notices.ts'
import { singularMap } from './redact.ts'
import { respond } from './respond.ts'

export const singular = definePartnerType({
  type: 'singular',
  doc: "Singular's EVENT endpoint API reference (as an excerpt) [B]; RudderStack's singular transformer [A]; country in place of an address and the error in a 200 [C] (November 2026)",
  // No `idempotent`: "No de-duplication": the same event twice counts twice.
  connection: SINGULAR_CONNECTION,
  sample: {
    connection: {
      key: { env: 'KEY' },
      sessions: ['app_open'],
      notices: { property_id: 'iOS:com.example.app', key: { env: 'GDPR_KEY' } },
    },
    view: { device_id: '9774d56d682e549c' },
  },
  abilities: {
    ...passes(
      'advertising_id vendor_id device_id user_id push_token partner_id user_agent device os locale carrier network time url receipt property',
    ),
    // "IPv4 only; IPv6 not supported".
    ip: ipLevel(32, 0),
    place: COUNTRY,
  },
  deletion:
    'POST https://gdpr.singular.net/api/gdpr/requests, a request of type erasure (Singular: GDPR API Reference)',
  secrets: ['key', 'notices.key'],
  /** A URL of this length passes every proxy. */
  maxBytes: 8_000,
  encode: createSingularEncoder,
  respond,
  map: singularMap,
  notices: SINGULAR_NOTICES,
})

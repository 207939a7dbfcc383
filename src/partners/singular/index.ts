/** Singular, server-to-server sessions and events. */
import { ipLevel } from '../../model/field-class.ts'
import { passes } from '../abilities.ts'
import type { RegisteredType } from '../envelope-limits.ts'
import { ownConstants } from '../own-constants.ts'
import { SINGULAR_CONNECTION } from './connection.ts'
import { createSingularEncoder, OWN_PROPERTIES } from './encode.ts'
import { singularMap } from './redact.ts'
import { respond } from './respond.ts'

/** A URL that long passes everywhere. */
const MAX_BYTES = 8_000

export const singular: RegisteredType = {
  type: 'singular',
  doc: "Singular's EVENT endpoint API reference (as an excerpt) [B]; RudderStack's singular transformer [A]; country in place of an address and the error in a 200 [C] (November 2026)",
  connection: SINGULAR_CONNECTION,
  abilities: {
    ...passes(
      'advertising_id',
      'vendor_id',
      'device_id',
      'user_id',
      'push_token',
      'partner_id',
      'user_agent',
      'device',
      'os',
      'locale',
      'carrier',
      'network',
      'time',
      'url',
      'receipt',
      'property',
    ),
    // "IPv4 only; IPv6 not supported".
    ip: ipLevel(32, 0),
    place: 1,
  },
  secrets: ['key'],
  maxBatch: 1,
  envelopeLimits: () => ({ maxItems: 1, maxBytes: MAX_BYTES }),
  // "No de-duplication": the same event twice counts twice.
  deduplicates: () => false,
  encoder: (connection) => {
    const encoder = createSingularEncoder(SINGULAR_CONNECTION.parse(connection))
    return { ...encoder, respond, constants: ownConstants(encoder.item, OWN_PROPERTIES) }
  },
  redact: (connection) => singularMap(SINGULAR_CONNECTION.parse(connection)),
}

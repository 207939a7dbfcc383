/** Adjust, server-to-server events. */
import { ipLevel } from '../../model/field-class.ts'
import { passes } from '../abilities.ts'
import type { RegisteredType } from '../envelope-limits.ts'
import { ownConstants } from '../own-constants.ts'
import { ADJUST_CONNECTION } from './connection.ts'
import { createAdjustEncoder, OWN_PROPERTIES } from './encode.ts'
import { adjustMap } from './redact.ts'
import { respond } from './respond.ts'

/** A URL that long passes everywhere. */
const MAX_BYTES = 8_000

export const adjust: RegisteredType = {
  type: 'adjust',
  doc: "Adjust developer documentation, Server-to-server events, Manage third-party data sharing and Data erasure API (as excerpts) [B]; the hosts that erase, in adjust/ios_sdk [A]; RudderStack's adj transformer and Segment's adjust destination [A]; oaid, fire_adid, external_device_id, the regional hosts and what is retried are general knowledge [C] (November 2026)",
  connection: ADJUST_CONNECTION,
  abilities: {
    ...passes(
      'advertising_id',
      'vendor_id',
      'device_id',
      'user_id',
      'partner_id',
      'user_agent',
      'device',
      'os',
      'locale',
      'time',
      'property',
    ),
    // "IPv6 not yet supported".
    ip: ipLevel(32, 0),
    place: 1,
  },
  deletion:
    'POST https://gdpr.adjust.com/gdpr_forget_device with the app token and the device id (Adjust: Data erasure API)',
  secrets: ['security_token'],
  maxBatch: 1,
  envelopeLimits: () => ({ maxItems: 1, maxBytes: MAX_BYTES }),
  // "S2S events are not de-duplicated": the same event twice counts twice.
  deduplicates: () => false,
  encoder: (connection) => {
    const encoder = createAdjustEncoder(ADJUST_CONNECTION.parse(connection))
    return { ...encoder, respond, constants: ownConstants(encoder.item, OWN_PROPERTIES) }
  },
  redact: (connection) => adjustMap(ADJUST_CONNECTION.parse(connection)),
}

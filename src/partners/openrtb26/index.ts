/** OpenRTB bid requests, in the places of 2.6 or of 2.5. */
import { passes } from '../abilities.ts'
import type { RegisteredType } from '../envelope-limits.ts'
import { ownConstants } from '../own-constants.ts'
import { OPENRTB_CONNECTION } from './connection.ts'
import { createOpenRtbEncoder, OWN_PROPERTIES } from './encode.ts'
import { openRtbMap } from './redact.ts'
import { respond } from './respond.ts'

const MAX_BYTES = 64_000

export const openrtb26: RegisteredType = {
  type: 'openrtb26',
  doc: "IAB Tech Lab's OpenRTB 2.6 (InteractiveAdvertisingBureau/openrtb2.x, 2.6.md, 1debba80) [A]; device.ext.ifv and atts, regs.ext.gpc, the 2.5 places and what bidders ask of headers [C] (November 2026)",
  connection: OPENRTB_CONNECTION,
  abilities: passes(
    'advertising_id',
    'vendor_id',
    'user_id',
    'partner_id',
    'message_id',
    'ip',
    'coordinates',
    'place',
    'birth_date',
    'gender',
    'user_agent',
    'device',
    'os',
    'locale',
    'carrier',
    'network',
    'property',
  ),
  secrets: ['headers.*'],
  maxBatch: 1,
  // The auction is over.
  attempts: 1,
  envelopeLimits: () => ({ maxItems: 1, maxBytes: MAX_BYTES }),
  // One auction each time it arrives.
  deduplicates: () => false,
  encoder: (connection) => {
    const encoder = createOpenRtbEncoder(OPENRTB_CONNECTION.parse(connection))
    return { ...encoder, respond, constants: ownConstants(encoder.item, OWN_PROPERTIES) }
  },
  redact: (connection) => openRtbMap(OPENRTB_CONNECTION.parse(connection)),
}

/** A GET to the partner's postback URL, its macros filled from the view: for networks that take nothing else. */
import { passes } from '../abilities.ts'
import type { RegisteredType } from '../envelope-limits.ts'
import { PIXEL_CONNECTION } from './connection.ts'
import { createPixelEncoder } from './encode.ts'
import { respond } from './respond.ts'

/** Longer URLs are cut or refused on the way. */
const MAX_URL_BYTES = 8_000

export const pixel: RegisteredType = {
  type: 'pixel',
  doc: 'Macro names as read in postback pages of TUNE, Trackier, MyTracker and PivotString [B]; the others are general knowledge [C] (November 2026)',
  connection: PIXEL_CONNECTION,
  abilities: passes(
    'advertising_id',
    'vendor_id',
    'device_id',
    'user_id',
    'partner_id',
    'click_id',
    'message_id',
    'ip',
    'coordinates',
    'place',
    'user_agent',
    'device',
    'os',
    'locale',
    'carrier',
    'network',
    'time',
    'property',
  ),
  secrets: ['secrets.*'],
  maxBatch: 1,
  envelopeLimits: () => ({ maxItems: 1, maxBytes: MAX_URL_BYTES }),
  deduplicates: (connection) => PIXEL_CONNECTION.parse(connection).idempotent,
  encoder: (connection) => ({
    ...createPixelEncoder(PIXEL_CONNECTION.parse(connection)),
    respond,
    // Kinds of ids and networks, platforms, and switches.
    constants: ['0', '1', '2', 'idfa', 'aaid', 'oaid', 'ios', 'android', 'wifi', 'cellular', '1YYN'],
  }),
}

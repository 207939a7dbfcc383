/**
 * Signals that are one switch: `device.lmt`, `device.dnt`, `regs.coppa` (OpenRTB 2.6 section 3.2), Segment's
 * `adTrackingEnabled` (inverted where it is read). 1 restricts, 0 does not; anything else is malformed.
 */
import { ABSENT, invalid, type Signal, valid } from '../model/signal.ts'

export function parseSwitch(text: string | undefined): Signal<boolean> {
  switch (text) {
    case undefined:
    case '':
      return ABSENT
    case '1':
    case 'true':
      return valid(true)
    case '0':
    case 'false':
      return valid(false)
    default:
      return invalid('neither 0 nor 1')
  }
}

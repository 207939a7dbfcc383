/** Limit ad tracking: OpenRTB 2.6 `device.lmt`; Segment's `adTrackingEnabled` is inverted when it is read. */
import { blocked, limited, textSignal, when } from './entry.ts'
import { parseSwitch } from './switches.ts'

export const LMT = textSignal({
  signal: 'lmt',
  reason: 'lmt',
  does: 'Denies sale, sharing and targeted advertising, and withholds what names the device.',
  places: { keys: ['lmt', 'limitAdTracking'], device: ['lmt', 'limitAdTracking'] },
  parse: parseSwitch,
  restrict: when(limited('lmt', 'lmt')),
  malformed: { ...blocked('lmt'), deviceLimit: true },
})

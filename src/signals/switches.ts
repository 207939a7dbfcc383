/** Single-switch signals, such as OpenRTB 2.6's (section 3.2): 1 restricts, 0 does not; anything else is malformed. */
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

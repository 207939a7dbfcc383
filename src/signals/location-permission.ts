/**
 * The device's permission to use its location: what iOS (`CLAuthorizationStatus`) and Android call it. A refusal means
 * that the country is the finest place that may leave. `not_determined` is a refusal: nobody said yes.
 */
import { ABSENT, invalid, type Signal, valid } from '../model/signal.ts'

const GRANTED = new Set([
  '1',
  'true',
  'granted',
  'authorized',
  'authorizedalways',
  'authorizedwheninuse',
  'always',
  'wheninuse',
  'fine',
  'coarse',
])
const REFUSED = new Set(['0', 'false', 'denied', 'restricted', 'notdetermined', 'never', 'none', 'refused'])

export function parseLocationPermission(text: string | undefined): Signal<boolean> {
  if (text === undefined || text === '') return ABSENT
  const word = text.toLowerCase().replace(/[\s_-]/g, '')
  if (GRANTED.has(word)) return valid(true)
  if (REFUSED.has(word)) return valid(false)
  return invalid('not a known permission status')
}

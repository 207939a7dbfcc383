/**
 * The device's location permission, as iOS (`CLAuthorizationStatus`) and Android name it. A refusal limits place to the
 * country. `not_determined` is a refusal: nothing was granted.
 */
import type { Reason } from '../model/reason.ts'
import { ABSENT, type Finding, invalid, PRECISE_LOCATION, SILENT, type Signal, valid } from '../model/signal.ts'
import { textSignal } from './entry.ts'

const refused = (why: Reason): Finding => ({
  ...SILENT,
  signal: 'location_permission',
  denies: PRECISE_LOCATION,
  countryOnly: true,
  withdrawal: why !== 'signal_invalid',
  why,
})
const REFUSAL = refused('location_permission')

export const LOCATION_PERMISSION = textSignal({
  signal: 'location_permission',
  reason: 'location_permission',
  does: 'Refused: denies precise location; no place finer than the country leaves.',
  places: { keys: ['locationPermission'], device: ['locationPermission'] },
  parse: parseLocationPermission,
  restrict: (granted) => (granted ? [] : [REFUSAL]),
  malformed: refused('signal_invalid'),
})

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

/** What Meta, Snapchat and Pinterest call `user_data`, and the device facts by position, in relayed requests. */
import type { RelayNode } from '../model/relay-map.ts'
import { hashedDate, hashedDigits, hashedExact, hashedGender, hashedPlace, hashedText } from './hashes.ts'
import { list, plain, tuple, value } from './relay-map.ts'

/** One value or a list of them; a hash stays, a plain value is hashed as the partner asks. */
function hashed(of: Parameters<typeof value>[0], how: Parameters<typeof value>[1]): RelayNode {
  return list(value(of, how), { orOne: true })
}

export const HASHED_USER: Readonly<Record<string, RelayNode>> = {
  em: hashed('email', { hash: hashedText }),
  ph: hashed('phone', { hash: hashedDigits }),
  fn: hashed('name', { hash: hashedText }),
  ln: hashed('name', { hash: hashedText }),
  ge: hashed('gender', { hash: hashedGender }),
  ct: hashed('place', { place: 'city', hash: hashedPlace }),
  st: hashed('place', { place: 'region', hash: hashedPlace }),
  zp: hashed('place', { place: 'postal', hash: hashedPlace }),
  country: hashed('place', { place: 'country', hash: hashedPlace, signal: 'country' }),
  external_id: hashed('user_id', { hash: hashedExact }),
}
export const HASHED_BIRTH: RelayNode = hashed('birth_date', { hash: hashedDate })

/** Sixteen texts, see `extinfo.ts`. */
export const EXTINFO: RelayNode = tuple(
  '',
  plain('word'),
  plain('text'),
  plain('word'),
  plain('word'),
  value('os', { reduce: 'os_version', signal: 'os_version' }),
  value('device'),
  value('locale', { reduce: 'language' }),
  value('timezone'),
  value('carrier', { reduce: 'carrier' }),
  ...Array.from({ length: 6 }, () => value('device')),
  value('timezone', { reduce: 'timezone' }),
)

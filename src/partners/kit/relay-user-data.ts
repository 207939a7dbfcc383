/** `user_data` of Meta, Snapchat and Pinterest, and positional device facts, in relayed requests. */
import type { RelayNode } from '../../model/relay-map.ts'
import {
  type Hash,
  hashedCity,
  hashedCountry,
  hashedDate,
  hashedDigits,
  hashedEmail,
  hashedExact,
  hashedGender,
  hashedName,
  hashedPostal,
  hashedRegion,
} from './hashes.ts'
import { list, plain, tuple, value } from './relay-map.ts'

/** One value or a list; a hash is kept, a plain value is hashed as the partner requires. */
function hashed(of: Parameters<typeof value>[0], how: Parameters<typeof value>[1]): RelayNode {
  return list(value(of, how), { orOne: true })
}

/** @param gender the partner's own hash of a gender */
export function hashedUser(gender: Hash = hashedGender): Readonly<Record<string, RelayNode>> {
  return {
    em: hashed('email', { hash: hashedEmail }),
    ph: hashed('phone', { hash: hashedDigits }),
    fn: hashed('name', { hash: hashedName }),
    ln: hashed('name', { hash: hashedName }),
    ge: hashed('gender', { hash: gender }),
    ct: hashed('place', { place: 'city', hash: hashedCity }),
    // A value on its own: its country is unknown.
    st: hashed('place', { place: 'region', hash: (text) => hashedRegion(text, undefined) }),
    zp: hashed('place', { place: 'postal', hash: (text) => hashedPostal(text, undefined) }),
    country: hashed('place', { place: 'country', hash: hashedCountry, signal: 'country' }),
    external_id: hashed('user_id', { hash: hashedExact }),
  }
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

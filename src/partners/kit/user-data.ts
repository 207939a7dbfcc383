/** `user_data` of Meta, Snapchat and Pinterest: the same names and hashes. */
import type { View } from '../../model/values.ts'
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

/** Withheld or missing members are undefined. Each is a list, which all three accept. */
export interface HashedUser {
  readonly em: readonly string[] | undefined
  readonly ph: readonly string[] | undefined
  readonly fn: readonly string[] | undefined
  readonly ln: readonly string[] | undefined
  readonly ge: readonly string[] | undefined
  readonly db: readonly string[] | undefined
  readonly ct: readonly string[] | undefined
  readonly st: readonly string[] | undefined
  readonly zp: readonly string[] | undefined
  readonly country: readonly string[] | undefined
  readonly external_id: readonly string[] | undefined
}

export type HashUser = (view: View) => HashedUser

/** Maximum cached hashes of places and genders, which repeat. Hashes of contacts are never cached. */
const MAX_REMEMBERED = 2_000

/**
 * Create one per encoder.
 * @param gender the partner's own hash of a gender
 */
export function createHashUser(gender: Hash = hashedGender): HashUser {
  const byText = { gender: remembering(gender), city: remembering(hashedCity), country: remembering(hashedCountry) }
  const region = rememberingIn(hashedRegion)
  const postal = rememberingIn(hashedPostal)
  return ({ email, phone, name, gender, birth_date, place, user_id }) => ({
    em: listOf(hashedEmail(email)),
    ph: listOf(hashedDigits(phone)),
    fn: listOf(hashedName(name?.first)),
    ln: listOf(hashedName(name?.last)),
    ge: listOf(byText.gender(gender)),
    db: listOf(hashedDate(birth_date)),
    ct: listOf(byText.city(place?.city)),
    st: listOf(region(place?.region, place?.country)),
    zp: listOf(postal(place?.postal, place?.country)),
    country: listOf(byText.country(place?.country)),
    external_id: listOf(hashedExact(user_id)),
  })
}

/** A list of one, or undefined. */
export function listOf(text: string | undefined): readonly string[] | undefined {
  return text === undefined ? undefined : [text]
}

type HashIn = (text: string | undefined, country: string | undefined) => string | undefined

/** Separately for each country whose rules differ. */
function rememberingIn(hash: HashIn): HashIn {
  const known = new Map<string | undefined, Hash>()
  return (text, country) => {
    let inCountry = known.get(country)
    if (inCountry === undefined) {
      if (known.size >= MAX_REMEMBERED) known.clear()
      inCountry = remembering((one) => hash(one, country))
      known.set(country, inCountry)
    }
    return inCountry(text)
  }
}

function remembering(hash: Hash): Hash {
  const known = new Map<string, string | undefined>()
  return (text) => {
    if (text === undefined) return undefined
    if (known.has(text)) return known.get(text)
    if (known.size >= MAX_REMEMBERED) known.clear()
    const hashed = hash(text)
    known.set(text, hashed)
    return hashed
  }
}

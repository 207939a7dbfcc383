/** What Meta, Snapchat and Pinterest call `user_data`: the same names, hashed alike. */
import type { View } from '../model/values.ts'
import { hashedDate, hashedDigits, hashedExact, hashedGender, hashedPlace, hashedText } from './hashes.ts'

/** Members that are withheld or missing are undefined. Each is a list, as all three take it. */
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

/** Places and genders are few: their hashes are remembered, up to so many. A contact's never is. */
const MAX_REMEMBERED = 2_000

/** One for each encoder. */
export function createHashUser(): HashUser {
  const place = remembering(hashedPlace)
  const gender = remembering(hashedGender)
  return (view) => hashedUserOf(view, place, gender)
}

type Hash = (text: string | undefined) => string | undefined

function hashedUserOf(view: View, placeHash: Hash, genderHash: Hash): HashedUser {
  const { email, phone, name, gender, birth_date, place, user_id } = view
  return {
    em: listOf(hashedText(email)),
    ph: listOf(hashedDigits(phone)),
    fn: listOf(hashedText(name?.first)),
    ln: listOf(hashedText(name?.last)),
    ge: listOf(genderHash(gender)),
    db: listOf(hashedDate(birth_date)),
    ct: listOf(placeHash(place?.city)),
    st: listOf(placeHash(place?.region)),
    zp: listOf(placeHash(place?.postal)),
    country: listOf(placeHash(place?.country)),
    external_id: listOf(hashedExact(user_id)),
  }
}

/** A list of one, or undefined. */
export function listOf(text: string | undefined): readonly string[] | undefined {
  return text === undefined ? undefined : [text]
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

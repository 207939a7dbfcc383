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

export function hashedUserOf({ email, phone, name, gender, birth_date, place, user_id }: View): HashedUser {
  return {
    em: listOf(hashedText(email)),
    ph: listOf(hashedDigits(phone)),
    fn: listOf(hashedText(name?.first)),
    ln: listOf(hashedText(name?.last)),
    ge: listOf(hashedGender(gender)),
    db: listOf(hashedDate(birth_date)),
    ct: listOf(hashedPlace(place?.city)),
    st: listOf(hashedPlace(place?.region)),
    zp: listOf(hashedPlace(place?.postal)),
    country: listOf(hashedPlace(place?.country)),
    external_id: listOf(hashedExact(user_id)),
  }
}

/** A list of one, or undefined. */
export function listOf(text: string | undefined): readonly string[] | undefined {
  return text === undefined ? undefined : [text]
}

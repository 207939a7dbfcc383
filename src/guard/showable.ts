/** Which names may be shown: some apps send values in place of names. Pure. */
import { shapeOf } from './shape.ts'

/** Characters of a name, including a path's points and brackets. */
const MAX_NAME = 64
/** Consecutive digits: more of them are a number of someone or something. */
const MANY_DIGITS = /\d{4}/
/** What a contract could not write in a path, or no one reads. */
const UNWRITABLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\u2028\u2029]/u
const PARTS = /[\s./:,;|&?=#]+/

/**
 * True for a name that looks like a name: no part looks like an identifier, a contact, an address or a position (the
 * guard's test), it contains no at sign and no long number, and it has at most 64 characters.
 */
export function isShowable(name: string): boolean {
  if (name.trim() === '' || name.length > MAX_NAME * 2 || [...name].length > MAX_NAME) return false
  if (name.includes('@') || MANY_DIGITS.test(name) || UNWRITABLE.test(name)) return false
  return [name, ...name.split(PARTS)].every((part) => shapeOf(part) === 'value')
}

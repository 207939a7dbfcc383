/** Which names may be shown at all: some apps write values where names belong. Pure. */
import { shapeOf } from './shape.ts'

/** Letters of a name, a path's points and brackets included. */
const MAX_NAME = 64
/** Digits in a row: more of them number somebody or something. */
const MANY_DIGITS = /\d{4}/
/** What a contract could not write in a path, or nobody reads. */
const UNWRITABLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\u2028\u2029]/u
const PARTS = /[\s./:,;|&?=#]+/

/**
 * True for a name that looks like a name: no part of it has the shape of an identifier, a contact, an address or a position
 * (the guard's test), nothing in it is an e-mail's sign or a long number, and it is at most 64 letters long.
 */
export function isShowable(name: string): boolean {
  if (name.trim() === '' || name.length > MAX_NAME * 2 || [...name].length > MAX_NAME) return false
  if (name.includes('@') || MANY_DIGITS.test(name) || UNWRITABLE.test(name)) return false
  return [name, ...name.split(PARTS)].every((part) => shapeOf(part) === 'value')
}

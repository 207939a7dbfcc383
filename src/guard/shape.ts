/** Classifies a leaf by its look, regardless of its name. Errs on the side of an identifier. */
import { isAddress } from './address.ts'

export type Shape = 'identifier' | 'contact' | 'ip' | 'coordinates' | 'value'

/** In the host the first point after its first character counts: each character is read once. */
export const EMAIL = /^[^\s@]+@[^\s@][^\s@.]*\.[^\s@]{2,}$/
const PHONE = /^\+?[\d\s().-]{7,24}$/
/** Three or more decimals: finer than 111 m. */
const COORDINATE = /^-?\d{1,3}\.\d{3,}$/
const TIME = /^\d{4}-\d{2}-\d{2}([T ][\d:.]+(Z|[+-]\d{2}:?\d{2})?)?$/
/** An id may by chance use only the letters a to f: no word looks like that. */
const HEXADECIMAL = /^[a-f]{8}(-?[a-f]{4}){3}-?[a-f]{12}$|^[a-f]{16,}$/i
/** Placeholders for a missing id. */
const ZEROS = /^[0-]+$/
/** A host name, which every link to it contains. */
const HOST = /^[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,24}(:\d{1,5})?$/i
/** A capital begins a word only right after the first one: the parse is unambiguous. */
const WORDS = /^[A-Za-z][a-z]+(?:[A-Z][A-Za-z]+)?(?:[_/. -][A-Za-z]+)*$/
/** One word with letters and digits, or a long one: ids look like that. Not with spaces or the end of a sentence. */
const MIN_ID = 8
const MAX_ID = 512
const MAX_IP = 45

/** Which kinds of characters a text has: the patterns above run only if they could match. */
const DIGIT = 1
const LETTER = 2
const DOT = 4
const COLON = 8
const AT = 16
/** Other characters of ids. */
const ID_SIGN = 32
const OTHER = 64
const KINDS = Uint8Array.from({ length: 128 }, (_, code) => kindOf(String.fromCharCode(code)))

function kindOf(character: string): number {
  if (/\d/.test(character)) return DIGIT
  if (/[A-Za-z]/.test(character)) return LETTER
  if (character === '.') return DOT
  if (character === ':') return COLON
  if (character === '@') return AT
  return /[_+/=~%-]/.test(character) ? ID_SIGN : OTHER
}

export function shapeOf(text: string): Shape {
  if (text.length < 5) return 'value'
  let kinds = 0
  let digits = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    const kind = code < 128 ? KINDS[code]! : OTHER
    kinds |= kind
    digits += kind & DIGIT
  }
  // Numbers without a function of their own: this runs for every leaf.
  const letters = kinds & LETTER
  const dots = kinds & DOT
  const colons = kinds & COLON
  if (text[0] === '0' && ZEROS.test(text)) return 'value'
  if ((kinds & AT) !== 0 && EMAIL.test(text)) return 'contact'
  if (digits >= 7 && text[4] === '-' && TIME.test(text)) return 'value'
  const mayBeNumber = digits >= 4 && dots !== 0 && letters === 0
  if (mayBeNumber && COORDINATE.test(text)) return Math.abs(Number(text)) <= 180 ? 'coordinates' : 'value'
  if ((colons !== 0 || mayBeNumber) && text.length <= MAX_IP && isAddress(text)) return 'ip'
  if (digits >= 7 && letters === 0 && PHONE.test(text)) return 'contact'
  if (text.length < MIN_ID || text.length > MAX_ID || (kinds & OTHER) !== 0) return 'value'
  if (digits < 2 && text.length < 20) return 'value'
  if (digits === 0 && WORDS.test(text) && !HEXADECIMAL.test(text)) return 'value'
  if (colons !== 0 && /^https?:/.test(text)) return 'value'
  if (dots !== 0 && HOST.test(text)) return 'value'
  return 'identifier'
}

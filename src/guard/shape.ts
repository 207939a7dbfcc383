/** What a leaf looks like, whatever it was called. Errs towards seeing an identifier. */
import { isAddress } from './address.ts'

export type Shape = 'identifier' | 'contact' | 'ip' | 'coordinates' | 'value'

const EMAIL = /^[^\s@]{1,64}@[^\s@]{1,255}\.[^\s@]{2,}$/
const PHONE = /^\+?[\d\s().-]{7,24}$/
/** Three or more decimals: finer than 111 m. */
const COORDINATE = /^-?\d{1,3}\.\d{3,}$/
const TIME = /^\d{4}-\d{2}-\d{2}([T ][\d:.]+(Z|[+-]\d{2}:?\d{2})?)?$/
/** An id may by chance be written in the letters a to f alone: no words look like that. */
const HEXADECIMAL = /^[a-f]{8}(-?[a-f]{4}){3}-?[a-f]{12}$|^[a-f]{16,}$/i
/** No one's id: what is there where an id is not. */
const ZEROS = /^[0-]+$/
/** The name of a machine, which every link to it holds. */
const HOST = /^[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,24}(:\d{1,5})?$/i
const WORDS = /^[A-Za-z][a-z]+([A-Z_/. -][A-Za-z]+)*$/
/** One word with letters and digits, or a long one: ids look like that. Spaces, and what ends like a sentence, do not. */
const MIN_ID = 8
const MAX_ID = 512
const MAX_IP = 45

/** Which kinds of characters are in a text: the patterns above are asked only where they could match. */
const DIGIT = 1
const LETTER = 2
const DOT = 4
const COLON = 8
const AT = 16
/** What else ids are made of. */
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
  const has = (kind: number): boolean => (kinds & kind) !== 0
  if (text[0] === '0' && ZEROS.test(text)) return 'value'
  if (has(AT) && EMAIL.test(text)) return 'contact'
  if (digits >= 7 && text[4] === '-' && TIME.test(text)) return 'value'
  if (digits >= 4 && has(DOT) && !has(LETTER) && COORDINATE.test(text))
    return Math.abs(Number(text)) <= 180 ? 'coordinates' : 'value'
  const mayBeIp = has(COLON) || (digits >= 4 && has(DOT) && !has(LETTER))
  if (mayBeIp && text.length <= MAX_IP && isAddress(text)) return 'ip'
  if (digits >= 7 && !has(LETTER) && PHONE.test(text)) return 'contact'
  if (text.length < MIN_ID || text.length > MAX_ID || has(OTHER)) return 'value'
  if (digits < 2 && text.length < 20) return 'value'
  if (digits === 0 && WORDS.test(text) && !HEXADECIMAL.test(text)) return 'value'
  if (has(COLON) && /^https?:/.test(text)) return 'value'
  if (has(DOT) && HOST.test(text)) return 'value'
  return 'identifier'
}

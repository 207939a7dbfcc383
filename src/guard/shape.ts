/** What a leaf looks like, whatever it was called. Errs towards seeing an identifier. */
import { isIP } from 'node:net'

export type Shape = 'identifier' | 'contact' | 'ip' | 'coordinates' | 'value'

const EMAIL = /^[^\s@]{1,64}@[^\s@]{1,255}\.[^\s@]{2,}$/
const PHONE = /^\+?[\d\s().-]{7,24}$/
/** Three or more decimals: finer than 111 m. */
const COORDINATE = /^-?\d{1,3}\.\d{3,}$/
/** One word with letters and digits, or a long one: ids look like that. Spaces, and what ends like a sentence, do not. */
const TOKEN = /^[\w.:+/=~@%-]{8,512}$/
const TIME = /^\d{4}-\d{2}-\d{2}([T ][\d:.]+(Z|[+-]\d{2}:?\d{2})?)?$/
const WORDS = /^[A-Za-z][a-z]+([A-Z_/. -][A-Za-z]+)*$/

export function shapeOf(text: string): Shape {
  if (text.length < 5) return 'value'
  const { digits, at, dots, colons, spaces } = countCharacters(text)
  if (at > 0 && EMAIL.test(text)) return 'contact'
  const mayBeIp = text.length <= 45 && ((dots === 3 && digits >= 4) || colons >= 2)
  if (mayBeIp && isIP(text) !== 0) return 'ip'
  if (digits >= 4 && dots === 1 && COORDINATE.test(text)) return Math.abs(Number(text)) <= 180 ? 'coordinates' : 'value'
  if (digits >= 7) {
    if (TIME.test(text)) return 'value'
    if (PHONE.test(text)) return 'contact'
  }
  if (text.length < 8 || spaces > 0 || (digits < 2 && text.length < 20)) return 'value'
  if (!TOKEN.test(text) || WORDS.test(text) || /^https?:/.test(text)) return 'value'
  return 'identifier'
}

/** One pass over the text; the patterns above are asked only where they could match. */
function countCharacters(text: string): { digits: number; at: number; dots: number; colons: number; spaces: number } {
  let [digits, at, dots, colons, spaces] = [0, 0, 0, 0, 0]
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code >= 0x30 && code <= 0x39) digits++
    else if (code === 0x40) at++
    else if (code === 0x2e) dots++
    else if (code === 0x3a) colons++
    else if (code === 0x20) spaces++
  }
  return { digits, at, dots, colons, spaces }
}

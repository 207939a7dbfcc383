/** Values of an id's own class that look like anything: words, names of accounts, a few signs. */
import type { Layer } from './layer.ts'
import { wordsOf } from './words.ts'

const MIN_WHOLE = 3
const MIN_DIGITS = 5
const MIN_TOKEN = 8
const MIN_TOLD_TOKEN = 5
const MIN_LONG_WORD = 12
const MIN_HEX = 4
const DIGITS = /^\d+$/
/** Letters alone, with a capital at most in front. */
const WORD = /^\p{L}\p{Ll}*$/u

/** True for what is enough to be somebody's id as a whole value: three characters, of digits alone five. */
export function isEnough(text: string): boolean {
  return text.length >= (DIGITS.test(text) ? MIN_DIGITS : MIN_WHOLE)
}

/** For `wordsOf` a text; none for what could be in any sentence. */
export function idPhrases(text: string): readonly string[] {
  if (!/\p{L}/u.test(text)) return []
  if (WORD.test(text) && text.length < MIN_LONG_WORD) return []
  const least = /[\d._-]/.test(text) ? MIN_TOLD_TOKEN : MIN_TOKEN
  const words = wordsOf(text)
  return text.length >= least && words.trim() !== '' ? [words] : []
}

/** True where a segment of a link's path or a value of its query is this text. */
export function holdsInLink(layer: Layer, text: string): boolean {
  return isEnough(text) && layer.linkParts.has(text)
}

/** The whole of it in base64 and in hex, as a run of such characters by itself. */
export function holdsEncoded(layer: Layer, text: string): boolean {
  return [...new Set([text, text.toLowerCase(), text.toUpperCase()])].some((spelling) => {
    const bytes = Buffer.from(spelling)
    if (bytes.length < MIN_WHOLE) return false
    const hex = bytes.length < MIN_HEX ? [] : [bytes.toString('hex'), bytes.toString('hex').toUpperCase()]
    return [bytes.toString('base64url'), bytes.toString('base64').replaceAll('=', ''), ...hex].some((form) =>
      layer.isToken(form),
    )
  })
}

/** Values of an id's own class that look like anything: words, account names, a few characters. */
import type { Layer } from './layer.ts'
import { wordsOf } from './words.ts'

const MIN_WHOLE = 3
const MIN_DIGITS = 5
const MIN_TOKEN = 8
const MIN_TOLD_TOKEN = 5
const MIN_LONG_WORD = 12
const MIN_HEX = 4
const DIGITS = /^\d+$/
/** Only letters, with at most one leading capital. */
const WORD = /^\p{L}\p{Ll}*$/u

/** True if the text is long enough to be an id as a whole value: three characters, or five if all are digits. */
export function isEnough(text: string): boolean {
  return text.length >= (DIGITS.test(text) ? MIN_DIGITS : MIN_WHOLE)
}

/** Compared with `wordsOf` a text; empty for words that occur in any sentence. */
export function idPhrases(text: string): readonly string[] {
  if (!/\p{L}/u.test(text)) return []
  if (WORD.test(text) && text.length < MIN_LONG_WORD) return []
  const least = /[\d._-]/.test(text) ? MIN_TOLD_TOKEN : MIN_TOKEN
  const words = wordsOf(text)
  return text.length >= least && words.trim() !== '' ? [words] : []
}

/** True if a path segment or a query value of a link is this text. */
export function holdsInLink(layer: Layer, text: string): boolean {
  return isEnough(text) && layer.linkParts.has(text)
}

/** All of it in base64 and in hex, as a complete run of such characters. */
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

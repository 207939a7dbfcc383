/**
 * Undoes common transformations of text: URL, JSON and HTML escapes, digits of other scripts, full-width characters.
 */

import { normalizedToCompare } from '../model/normalize.ts'
import { letterOf, mendMisread, textOf } from './letters.ts'
import { type FormsVersion, NEWEST_FORMS } from './version.ts'

/** Decodes percent-encoding, JSON and HTML escapes, twice; then normalises each character. Malformed sequences stay. */
export function unescapeText(bytes: string, version: FormsVersion = NEWEST_FORMS): string {
  let text = bytes
  for (let round = 0; round < 2; round++) {
    const before = text
    if (text.includes('%'))
      text = text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => textOf(Buffer.from(run.replaceAll('%', ''), 'hex')))
    if (text.includes('\\'))
      text = text
        .replace(/\\u([0-9a-f]{4})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
        .replace(/\\(["\\/])/g, '$1')
    if (version > 1 && text.includes('&')) text = unescapeHtml(text)
    if (text === before) break
  }
  return version > 1 && BEYOND_ASCII.test(text) ? oneSpelling(mendMisread(text)) : text
}

const BEYOND_ASCII = /[^\0-\x7f]/
const NAMED: Readonly<Record<string, string>> = {
  commat: '@',
  amp: '&',
  quot: '"',
  period: '.',
  plus: '+',
  lowbar: '_',
  hyphen: '-',
  colon: ':',
  sol: '/',
  num: '#',
}

/** Numeric character references, and named ones of characters that occur in identities. */
function unescapeHtml(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{3,6}));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return NAMED[String(name).toLowerCase()] ?? letterOf(String(name)) ?? whole
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal)
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}

/** Full-width characters, digits of any script, all dashes and invisible characters (UAX #15, NFKC). */
function oneSpelling(text: string): string {
  return normalizedToCompare(text, 'NFKC')
    .replace(/[\u00ad\u200b-\u200f\u2060\ufeff]/g, '')
    .replace(/\p{Pd}/gu, '-')
    .replace(/(?![0-9])\p{Nd}/gu, digitOf)
}

/** Digits of a script are ten consecutive characters from zero (Unicode, 4.6): the first is preceded by a non-digit. */
function digitOf(digit: string): string {
  const code = digit.codePointAt(0)!
  let zero = code
  while (code - zero < 9 && /^\p{Nd}$/u.test(String.fromCodePoint(zero - 1))) zero--
  return String(code - zero)
}

/** Undoes transformations of letters: HTML names, bytes in the wrong character set, letters without a base form. */
import { isAscii, isUtf8 } from 'node:buffer'
import { normalizedToCompare } from '../model/normalize.ts'

const MARKS: Readonly<Record<string, string>> = {
  acute: '\u0301',
  grave: '\u0300',
  circ: '\u0302',
  uml: '\u0308',
  tilde: '\u0303',
  cedil: '\u0327',
  ring: '\u030a',
  caron: '\u030c',
}
const NAMED: Readonly<Record<string, string>> = {
  szlig: 'ß',
  aelig: 'æ',
  oelig: 'œ',
  oslash: 'ø',
  lstrok: 'ł',
  dstrok: 'đ',
  eth: 'ð',
  thorn: 'þ',
  nbsp: ' ',
}

/** The character of `&eacute;` and the like; undefined for other names. Capitals do not matter to the comparison. */
export function letterOf(name: string): string | undefined {
  const known = NAMED[name.toLowerCase()]
  if (known !== undefined) return known
  const mark = MARKS[name.slice(1).toLowerCase()]
  return mark === undefined ? undefined : normalizedToCompare(`${name[0]}${mark}`, 'NFC')
}

/** As UTF-8 if valid, else one character for each byte. */
export function textOf(bytes: Buffer): string {
  return bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1')
}

/** A hidden value is a run of this many printable characters. */
const MIN_PRINTABLE = 7
/** Non-ASCII letters in UTF-8, which random bytes very rarely form. */
const WRITTEN = /[\x20-\x7e\p{L}\p{M}\p{N}]{3}/u

/** The text of bytes that may be text; undefined for others, which are not decoded first. */
export function legible(bytes: Buffer): string | undefined {
  if (holdsPrintable(bytes)) return textOf(bytes)
  if (isAscii(bytes) || !isUtf8(bytes)) return undefined
  const text = bytes.toString('utf8')
  return WRITTEN.test(text) ? text : undefined
}

/** In UTF-8 and Latin-1, ASCII is one byte a character. */
function holdsPrintable(bytes: Buffer): boolean {
  let run = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!
    run = byte >= 0x20 && byte <= 0x7e ? run + 1 : 0
    if (run === MIN_PRINTABLE) return true
  }
  return false
}

/** UTF-8 that was read as Latin-1: `RenÃ©e`. */
const MISREAD = /[\u00c3-\u00df][\u0080-\u00bf]/g

export function mendMisread(text: string): string {
  return text.replace(MISREAD, (two) => Buffer.from(two, 'latin1').toString('utf8'))
}

/** Lower-case letters that no decomposition (Unicode, 5.18) reduces to a base. */
const BASES: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
}
const BASELESS = /[ßæœøłđðþı]/g

/** @param lower without accents */
export function baseLetters(lower: string): string {
  return lower.replace(BASELESS, (letter) => BASES[letter]!)
}

const SPELT_OUT: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue', ø: 'oe', å: 'aa' }

/** `Müller` as `mueller`; the text in lower case if there is nothing to transliterate. */
export function speltOut(text: string): string {
  return normalizedToCompare(text, 'NFC')
    .toLowerCase()
    .replace(/[äöüøå]/g, (letter) => SPELT_OUT[letter]!)
}

/** Scripts without consistent spaces between words and without capitals. */
const DENSE =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー々\s・·]+$/u

export function isDense(text: string): boolean {
  return DENSE.test(text)
}

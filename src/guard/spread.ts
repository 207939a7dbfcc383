/** Joins base64 over several lines and hex with separators. */
import { dissect, type Token } from './text.ts'

/** Base64 in lines, as RFC 2045 6.8 and Android's default write it: a full line, and a line break, plain or escaped. */
const BREAKS = /\\[rn]|[\r\n]/g
const MIN_LINE = 40
const NO_TOKENS: readonly Token[] = []
/** By character code. */
const IS_BASE64 = Uint8Array.from({ length: 128 }, (_, code) =>
  /[A-Za-z0-9+/_=-]/.test(String.fromCharCode(code)) ? 1 : 0,
)
const CARRIAGE_RETURN = 0x0d
const SMALL_R = 0x72
const BACKSLASH = 0x5c

/** Bytes in hex with separators: `66:69:72`, `\\x66\\x69`. UUIDs and addresses have fewer. */
const SPACED_HEX = /[: x-](?:[0-9a-f]{2}(?:[: -]|\\x)){6}[0-9a-f]{2}/i
const HEX_SIGNS = /(?:[: -]|\\x)(?=[0-9a-f]{2})/gi

export function tokensOfSpacedHex(text: string): readonly Token[] {
  return SPACED_HEX.test(text) ? dissect(text.replace(HEX_SIGNS, '')).tokens : NO_TOKENS
}

export function tokensOverLines(text: string): readonly Token[] {
  return breaksLine(text, '\n', 1) || breaksLine(text, '\\n', 2) ? dissect(text.replace(BREAKS, '')).tokens : NO_TOKENS
}

function breaksLine(text: string, sign: string, length: number): boolean {
  for (let at = text.indexOf(sign); at >= 0; at = text.indexOf(sign, at + 1)) {
    if (!isBase64At(text, at + length)) continue
    let end = at
    const before = text.charCodeAt(end - 1)
    if (before === CARRIAGE_RETURN) end--
    else if (length === 2 && before === SMALL_R && text.charCodeAt(end - 2) === BACKSLASH) end -= 2
    let start = end
    while (end - start < MIN_LINE && isBase64At(text, start - 1)) start--
    if (end - start >= MIN_LINE) return true
  }
  return false
}

/** False outside the text. */
function isBase64At(text: string, at: number): boolean {
  return IS_BASE64[text.charCodeAt(at)] === 1
}

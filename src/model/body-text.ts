/** The bytes of a body as text, by what they say they are written in. */
import { isAscii, isUtf8 } from 'node:buffer'
import { GatewayError } from './errors.ts'

/**
 * The text, without its byte order mark.
 *
 * - A byte order mark decides (Encoding Standard, "decode"), then `charset` of the content type, else it is UTF-8 (RFC 8259 §8.1).
 * - What does not decode as UTF-8 becomes U+FFFD: an id that holds one names nobody (`isUnreadable`), and only what it stands in is
 *   refused, not its neighbours.
 * - Another charset is decoded exactly; plain ASCII is itself in whatever is called a charset. Throws `ERR_BODY_CHARSET` for one that is not known, for bytes that are none of its, and
 *   where the bytes are valid UTF-8 beyond ASCII: then one of the two is wrong, and an id could be read as somebody else's.
 */
export function decodeBody(bytes: Buffer, contentType: string | undefined): string {
  const marked = markedAs(bytes)
  if (marked === 'utf-8') return bytes.toString('utf8', 3)
  const charset = marked ?? charsetOf(contentType)
  return charset === undefined || charset === 'utf-8' ? bytes.toString('utf8') : decodeAs(charset, bytes)
}

function markedAs(bytes: Buffer): string | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8'
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : undefined
}

/** A parameter's name, in any case, and its value, quoted or not (RFC 9110 §5.6.6). */
const CHARSET = /;[ \t]*charset=["']?([^"';, \t]+)/i

function charsetOf(contentType: string | undefined): string | undefined {
  return contentType?.includes(';') === true ? CHARSET.exec(contentType)?.[1]?.toLowerCase() : undefined
}

/** The Encoding Standard reads these as windows-1252; what says that it is ASCII has nothing beyond. */
const ASCII_NAMES = /^(?:us-)?ascii$|^ansi_x3\.4-1968$/

/** In which a byte of ASCII may stand for something else. */
const NOT_PLAIN = /^(?:utf-7|unicode-1-1-utf-7|iso-2022-|csiso2022|hz)/

function decodeAs(charset: string, bytes: Buffer): string {
  // Whatever it is called: JSON in two bytes a character holds zeros.
  if (isAscii(bytes) && !bytes.includes(0) && !NOT_PLAIN.test(charset)) return bytes.toString('latin1')
  try {
    const decoder = new TextDecoder(charset, { fatal: true })
    if (decoder.encoding === 'utf-8') return bytes.toString('utf8')
    const isWide = decoder.encoding.startsWith('utf-16')
    if (isWide || isAscii(bytes) || !(isUtf8(bytes) || ASCII_NAMES.test(charset))) return decoder.decode(bytes)
  } catch {
    // Not known, or the bytes are none of its.
  }
  throw new GatewayError('ERR_BODY_CHARSET')
}

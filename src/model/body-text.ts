/** Decodes a request body to text. */
import { isAscii, isUtf8 } from 'node:buffer'
import { GatewayError } from './errors.ts'

/**
 * The text, without its byte order mark.
 *
 * - A byte order mark wins (Encoding Standard, "decode"), then the `charset` of the content type, then UTF-8 (RFC 8259 §8.1).
 * - Invalid UTF-8 becomes U+FFFD. An id that holds one identifies nobody (`isUnreadable`), so only that value is refused.
 * - Other charsets are decoded strictly; plain ASCII is accepted under any charset. Throws `ERR_BODY_CHARSET` for an unknown
 *   charset, for bytes that are invalid in it, and for bytes that are valid non-ASCII UTF-8: the label or the bytes are wrong then,
 *   and an id could be read as a different one.
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

/** Any case, quoted or not (RFC 9110 §5.6.6). */
const CHARSET = /;[ \t]*charset=["']?([^"';, \t]+)/i

function charsetOf(contentType: string | undefined): string | undefined {
  return contentType?.includes(';') === true ? CHARSET.exec(contentType)?.[1]?.toLowerCase() : undefined
}

/** The Encoding Standard maps these to windows-1252; a body labelled ASCII must not go beyond ASCII. */
const ASCII_NAMES = /^(?:us-)?ascii$|^ansi_x3\.4-1968$/

/** Charsets in which an ASCII byte may have another meaning. */
const NOT_PLAIN = /^(?:utf-7|unicode-1-1-utf-7|iso-2022-|csiso2022|hz)/

function decodeAs(charset: string, bytes: Buffer): string {
  // Under any label: UTF-16 JSON contains zero bytes.
  if (isAscii(bytes) && !bytes.includes(0) && !NOT_PLAIN.test(charset)) return bytes.toString('latin1')
  try {
    const decoder = new TextDecoder(charset, { fatal: true })
    if (decoder.encoding === 'utf-8') return bytes.toString('utf8')
    const isWide = decoder.encoding.startsWith('utf-16')
    if (isWide || isAscii(bytes) || !(isUtf8(bytes) || ASCII_NAMES.test(charset))) return decoder.decode(bytes)
  } catch {
    // Unknown charset, or invalid bytes.
  }
  throw new GatewayError('ERR_BODY_CHARSET')
}

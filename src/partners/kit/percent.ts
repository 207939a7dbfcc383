const UNRESERVED = /^[\w.~-]*$/
const DOTS = /^\.+$/

/**
 * Percent-encodes everything but RFC 3986's unreserved characters, once. Also encodes a value that consists of dots, which
 * would otherwise be a relative path segment. Unpaired surrogates become U+FFFD.
 */
export function percentEncode(text: string): string {
  if (UNRESERVED.test(text)) return DOTS.test(text) ? text.replaceAll('.', '%2E') : text
  const encoded = encodeURIComponent(text.toWellFormed())
  return /[!'()*]/.test(encoded) ? encoded.replace(/[!'()*]/g, hexOf) : encoded
}

function hexOf(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
}

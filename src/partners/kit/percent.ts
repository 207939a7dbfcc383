const UNRESERVED = /^[\w.~-]*$/
const DOTS = /^\.+$/

/**
 * Percent-encodes everything but RFC 3986's unreserved characters, once. A value of dots alone is encoded too, so that
 * it can never be read as "one folder up". Lone surrogates become U+FFFD.
 */
export function percentEncode(text: string): string {
  if (UNRESERVED.test(text)) return DOTS.test(text) ? text.replaceAll('.', '%2E') : text
  const encoded = encodeURIComponent(text.toWellFormed())
  return /[!'()*]/.test(encoded) ? encoded.replace(/[!'()*]/g, hexOf) : encoded
}

function hexOf(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
}

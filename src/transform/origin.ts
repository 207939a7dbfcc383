/** URL treatments: scheme and host only, without credentials, path, query and fragment. */

/** @returns `https://host[:port]`, or undefined if the text is no http(s) URL */
export function originOf(url: string): string | undefined {
  const parsed = URL.parse(url)
  if (parsed === null || (parsed.protocol !== 'https:' && parsed.protocol !== 'http:')) return undefined
  return parsed.origin
}

/** URL treatments: scheme and host alone. Credentials, path, query and fragment go. */

/** @returns `https://host[:port]`, or undefined for what is no http(s) URL */
export function originOf(url: string): string | undefined {
  const parsed = URL.parse(url)
  if (parsed === null || (parsed.protocol !== 'https:' && parsed.protocol !== 'http:')) return undefined
  return parsed.origin
}

/** Headers that an operator adds to every request, as text or secrets. */
import { z } from 'zod'
import { ENV, FILE } from './secrets.ts'
import { secretPlaceholder } from './type.ts'

/** Headers set by the HTTP client and the encoder, and those that could carry the sender's address or cookies. */
const RESERVED =
  /^(?:(?:host|connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|sec-gpc|cookie|referer|via|forwarded|x-real-ip|true-client-ip|cf-connecting-ip)$|(?:proxy|content|x-forwarded)-)/i
export const HEADER_NAME = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+^_`|~-]{1,64}$/, "a header's name: letters, digits and -")
  .refine((name) => !RESERVED.test(name), { error: 'a header that Sluice sets itself or never sends' })
const HEADER_TEXT = z.string().regex(/^[\x20-\x7e]{0,2000}$/, 'one line of printable ASCII')
export const PREFIX = z.string().regex(/^[\x20-\x7e]{0,64}$/, 'up to 64 printable ASCII characters')

/** Text, or a secret with an optional prefix: `{prefix: "Bearer ", env: TOKEN}`. */
const HEADER_VALUE = z.union(
  [
    HEADER_TEXT,
    z.strictObject({ env: ENV, prefix: PREFIX.optional() }),
    z.strictObject({ file: FILE, prefix: PREFIX.optional() }),
  ],
  { error: 'a text, {env: NAME} or {file: path}, either with a prefix such as "Bearer "' },
)

/** Under the connection's key `headers`. */
export const CUSTOM_HEADERS = z
  .record(HEADER_NAME, HEADER_VALUE)
  .default({})
  .refine(
    (headers) => new Set(Object.keys(headers).map((name) => name.toLowerCase())).size === Object.keys(headers).length,
    { error: 'the same header twice' },
  )

/**
 * The headers of a request, secrets as placeholders.
 * @param at the connection key that holds them
 */
export function customHeaders(
  headers: z.output<typeof CUSTOM_HEADERS>,
  at = 'headers',
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : (value.prefix ?? '') + secretPlaceholder(`${at}.${name}`),
    ]),
  )
}

/** Settings shared by many connections. */
import { z } from 'zod'

/** One line of up to 200 characters. */
export const LINE = z.string().regex(/^[^\p{Cc}]{1,200}$/u, 'one line of 1 to 200 characters')
/** A path segment that needs no encoding: letters, digits, `-`, `_` and `.`. */
export const PATH_ID = z.string().regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$/, 'letters, digits, -, _ and .')
/** The app's version, if the contract lists no property `app_version`. */
export const VERSION = z.string().regex(/^[\w.+-]{1,50}$/, 'letters, digits, ., _, + and -')
/**
 * True: every item carries a message_id, and is not sent if that is withheld; the partner de-duplicates by it, so an item with an
 * unknown outcome after a timeout is sent again. False: it is not.
 */
export const IDEMPOTENT = z.boolean().default(false)

/** At least two labels of 1 to 63 characters each. Their length is asked apart, so that the pattern is quickly proved to be linear. */
export const DOMAIN = z
  .string()
  .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'a domain in small letters')
  .refine((domain) => domain.split('.').every(({ length }) => length <= 63), 'a domain in small letters')

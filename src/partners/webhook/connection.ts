/** A webhook's settings. */
import { z } from 'zod'
import { whyNotSendable } from '../origin.ts'
import { ENV, FILE, SECRET } from '../secrets.ts'

/** What the HTTP client and the encoder set, and what could carry the sender's own address or cookies. */
const RESERVED =
  /^(host|connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|expect|content-.*|sec-gpc|cookie|referer|via|forwarded|x-forwarded-.*|x-real-ip|true-client-ip|cf-connecting-ip)$/i
const HEADER_NAME = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+^_`|~-]{1,64}$/, "a header's name: letters, digits and -")
  .refine((name) => !RESERVED.test(name), { error: 'a header that Sluice sets itself or never sends' })
const HEADER_TEXT = z.string().regex(/^[\x20-\x7e]{0,2000}$/, 'one line of printable ASCII')
const PREFIX = z.string().regex(/^[\x20-\x7e]{0,64}$/, 'up to 64 printable ASCII characters')

/** Text, or a secret behind an optional prefix: `{prefix: "Bearer ", env: TOKEN}`. */
const HEADER_VALUE = z.union(
  [
    HEADER_TEXT,
    z.strictObject({ env: ENV, prefix: PREFIX.optional() }),
    z.strictObject({ file: FILE, prefix: PREFIX.optional() }),
  ],
  { error: 'a text, {env: NAME} or {file: path}, either with a prefix such as "Bearer "' },
)

export const WEBHOOK_CONNECTION = z
  .strictObject({
    /** Where to send; https, or http to this machine. */
    url: z.string(),
    method: z.enum(['POST', 'PUT', 'PATCH']).default('POST'),
    /** True: `{"batch":[…]}` with up to 500 items; false: one object a request. */
    batch: z.boolean().default(false),
    /** Sent as they are with every request. */
    headers: z.record(HEADER_NAME, HEADER_VALUE).default({}),
    /** HMAC of the exact body, hex, behind `prefix`. */
    signature: z
      .strictObject({
        header: HEADER_NAME,
        algorithm: z.enum(['sha256', 'sha1']).default('sha256'),
        prefix: PREFIX.default(''),
        key: SECRET,
      })
      .optional(),
    /** True only where the receiver counts a message_id once, however often it comes. */
    idempotent: z.boolean().default(false),
  })
  .superRefine(({ url, headers, signature }, context) => {
    const issue = (path: readonly string[], message: string): void => {
      context.addIssue({ code: 'custom', path: [...path], message })
    }
    const why = whyNotSendable(url)
    if (why !== undefined) issue(['url'], why)
    const names = Object.keys(headers).map((name) => name.toLowerCase())
    if (new Set(names).size < names.length) issue(['headers'], 'the same header twice')
    if (signature !== undefined && names.includes(signature.header.toLowerCase())) {
      issue(['signature', 'header'], 'a header that headers sets as well')
    }
  })
export type WebhookConnection = z.output<typeof WEBHOOK_CONNECTION>

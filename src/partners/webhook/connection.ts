/** A webhook's settings. */
import { z } from 'zod'
import { CUSTOM_HEADERS, HEADER_NAME, PREFIX } from '../custom-headers.ts'
import { whyNotSendable } from '../origin.ts'
import { SECRET } from '../secrets.ts'

export const WEBHOOK_CONNECTION = z
  .strictObject({
    /** Where to send; https, or http to this machine. */
    url: z.string(),
    method: z.enum(['POST', 'PUT', 'PATCH']).default('POST'),
    /** True: `{"batch":[…]}` with up to 500 items; false: one object a request. */
    batch: z.boolean().default(false),
    /** Sent as they are with every request. */
    headers: CUSTOM_HEADERS,
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
    if (signature !== undefined && names.includes(signature.header.toLowerCase())) {
      issue(['signature', 'header'], 'a header that headers sets as well')
    }
  })
export type WebhookConnection = z.output<typeof WEBHOOK_CONNECTION>

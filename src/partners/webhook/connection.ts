/** A webhook's settings. */
import { z } from 'zod'
import { CUSTOM_HEADERS, HEADER_NAME, PREFIX } from '../kit/custom-headers.ts'
import { TOLD_VERBS } from '../kit/notices.ts'
import { OPENDSR } from '../kit/opendsr-settings.ts'
import { whyNotSendable } from '../kit/origin.ts'
import { SECRET } from '../kit/secrets.ts'

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
    /** What the receiver understands of notices (docs/notices.md); left out, it is told of nothing. They are always signed. */
    notices: z
      .strictObject({
        verbs: z
          .array(z.enum(TOLD_VERBS))
          .min(1)
          .default([...TOLD_VERBS]),
        /** Where notices go. Default: `url`. */
        url: z.string().optional(),
        /** Asked with GET how one goes, `{id}` being its id. */
        status_url: z.string().optional(),
        /** What a 2xx without a `state` means. */
        done: z.enum(['accepted', 'confirmed']).default('accepted'),
        /** True only where the receiver takes a `notice` once, however often it comes. */
        repeatable: z.boolean().default(false),
      })
      .optional(),
    /** An OpenDSR processor that is asked for deletions in the place of `notices`; left out, none is. */
    opendsr: OPENDSR.optional(),
    /** True only where the receiver counts a message_id once, however often it comes. */
    idempotent: z.boolean().default(false),
  })
  .superRefine(({ url, headers, signature, notices }, context) => {
    const issue = (path: readonly string[], message: string): void => {
      context.addIssue({ code: 'custom', path: [...path], message })
    }
    const why = whyNotSendable(url)
    if (why !== undefined) issue(['url'], why)
    if (notices !== undefined && signature === undefined)
      issue(['notices'], 'notices without a signature: whoever finds the address could opt people out in our name')
    for (const key of ['url', 'status_url'] as const) {
      const text = notices?.[key]
      const problem = text === undefined ? undefined : whyNotSendable(text.replace('{id}', 'id'))
      if (problem !== undefined) issue(['notices', key], problem)
    }
    if (notices?.status_url !== undefined && notices.status_url.split('{id}').length !== 2)
      issue(['notices', 'status_url'], 'an address that does not hold {id} exactly once')
    const names = Object.keys(headers).map((name) => name.toLowerCase())
    if (signature !== undefined && names.includes(signature.header.toLowerCase())) {
      issue(['signature', 'header'], 'a header that headers sets as well')
    }
  })
export type WebhookConnection = z.output<typeof WEBHOOK_CONNECTION>

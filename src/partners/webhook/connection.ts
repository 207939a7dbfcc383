/** A webhook's settings. */
import { z } from 'zod'
import { CUSTOM_HEADERS, HEADER_NAME, PREFIX } from '../kit/custom-headers.ts'
import { TOLD_VERBS } from '../kit/notices.ts'
import { OPENDSR } from '../kit/opendsr-settings.ts'
import { urlProblem } from '../kit/origin.ts'
import { SECRET } from '../kit/secrets.ts'

export const WEBHOOK_CONNECTION = z
  .strictObject({
    /** Destination; https, or http to this machine. */
    url: z.string(),
    method: z.enum(['POST', 'PUT', 'PATCH']).default('POST'),
    /** True: `{"batch":[…]}` with up to 500 items; false: one object per request. */
    batch: z.boolean().default(false),
    /** Sent with every request, unchanged. */
    headers: CUSTOM_HEADERS,
    /** HMAC of the exact body, hex, after `prefix`. */
    signature: z
      .strictObject({
        header: HEADER_NAME,
        algorithm: z.enum(['sha256', 'sha1']).default('sha256'),
        prefix: PREFIX.default(''),
        key: SECRET,
      })
      .optional(),
    /** Notices that the receiver accepts (docs/notices.md), always signed; without it none are sent. */
    notices: z
      .strictObject({
        verbs: z
          .array(z.enum(TOLD_VERBS))
          .min(1)
          .default([...TOLD_VERBS]),
        /** Destination of notices. Default: `url`. */
        url: z.string().optional(),
        /** Address of the status call, a GET; `{id}` is the notice's id. */
        status_url: z.string().optional(),
        /** The meaning of a 2xx without a `state`. */
        done: z.enum(['accepted', 'confirmed']).default('accepted'),
        /** True only if the receiver de-duplicates by `notice`. */
        repeatable: z.boolean().default(false),
      })
      .optional(),
    /** An OpenDSR processor that receives deletions in place of `notices`; without it none are sent there. */
    opendsr: OPENDSR.optional(),
    /** True only if the receiver de-duplicates by message_id. */
    idempotent: z.boolean().default(false),
  })
  .superRefine(({ url, headers, signature, notices }, context) => {
    const issue = (path: readonly string[], message: string): void => {
      context.addIssue({ code: 'custom', path: [...path], message })
    }
    const why = urlProblem(url)
    if (why !== undefined) issue(['url'], why)
    if (notices !== undefined && signature === undefined)
      issue(['notices'], 'notices without a signature: anyone who finds the address could opt users out in our name')
    for (const key of ['url', 'status_url'] as const) {
      const text = notices?.[key]
      const problem = text === undefined ? undefined : urlProblem(text.replace('{id}', 'id'))
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

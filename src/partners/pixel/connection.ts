/** A pixel's settings. */
import { z } from 'zod'
import { SECRET } from '../kit/secrets.ts'
import { parseTemplate } from './template.ts'

export const PIXEL_CONNECTION = z
  .strictObject({
    /** The partner's postback URL with its macros; `{secret:name}` for a token of ours. */
    url: z.string().max(2_000),
    secrets: z.record(z.string().regex(/^\w{1,64}$/, 'a name of letters, digits and _'), SECRET).default({}),
    /** The meaning of `{lat}` at this partner. */
    lat: z.enum(['limit_ad_tracking', 'latitude']).optional(),
    /** The meaning of `{adid}` at this partner: the device's advertising id, or Adjust's id of the install. */
    adid: z.enum(['advertising_id', 'adjust_id']).optional(),
    /** Without a macro for restrictions: whether events of restricted users are sent all the same. */
    without_flag: z.enum(['withhold', 'send']).default('withhold'),
    /** True only if the partner de-duplicates by transaction id; the template must contain one. */
    idempotent: z.boolean().default(false),
  })
  .superRefine(({ url, lat, adid, secrets, idempotent }, context) => {
    const issue = (path: string, message: string): void => {
      context.addIssue({ code: 'custom', path: [path], message })
    }
    const parsed = parseTemplate(url, { lat, adid, secrets: Object.keys(secrets) })
    if (!parsed.ok) {
      for (const message of parsed.problems) issue('url', message)
      return
    }
    if (idempotent && !parsed.template.hasTransactionId)
      issue('idempotent', 'true, though the URL holds neither {transaction_id} nor {message_id}')
  })
export type PixelConnection = z.output<typeof PIXEL_CONNECTION>

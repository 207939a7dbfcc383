/** A pixel's settings. */
import { z } from 'zod'
import { SECRET } from '../kit/secrets.ts'
import { parseTemplate } from './template.ts'

export const PIXEL_CONNECTION = z
  .strictObject({
    /** The partner's postback URL with its macros; `{secret:name}` where it wants a token of ours. */
    url: z.string().max(2_000),
    secrets: z.record(z.string().regex(/^\w{1,64}$/, 'a name of letters, digits and _'), SECRET).default({}),
    /** What `{lat}` means at this partner. */
    lat: z.enum(['limit_ad_tracking', 'latitude']).optional(),
    /** What `{adid}` means at this partner: the device's advertising id, or Adjust's id of the install. */
    adid: z.enum(['advertising_id', 'adjust_id']).optional(),
    /** Where no macro tells of a restriction: whether restricted people's events go all the same. */
    without_flag: z.enum(['withhold', 'send']).default('withhold'),
    /** True only where the partner counts a transaction id once; the template must hold one. */
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

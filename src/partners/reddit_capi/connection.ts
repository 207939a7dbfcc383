/** Reddit's settings. */
import { z } from 'zod'
import { partnerOrigin } from '../kit/partner-origin.ts'
import { SECRET } from '../kit/secrets.ts'
import { IDEMPOTENT, LINE, PATH_ID } from '../kit/settings.ts'

export const REDDIT_CONNECTION = z.strictObject({
  /** The pixel's id, in v2.0 the ad account's. */
  pixel: PATH_ID,
  /** The conversion token, as a reference. */
  token: SECRET,
  version: z.enum(['v3', 'v2.0']).default('v3'),
  /** Where the event happened; v3 only. The word for a shop is unconfirmed [C]. */
  action_source: z.enum(['APP', 'WEBSITE', 'PHYSICAL_STORE', 'OTHER']).default('APP'),
  /** SHA-256 or clear text: Reddit accepts both. A truncated address is only useful in clear text. */
  ip_address: z.enum(['hashed', 'plain']).default('hashed'),
  /** The place to which limited data use applies: `{country: US, region: US-CA}`. */
  ldu_place: z
    .strictObject({
      country: z
        .string()
        .regex(/^[A-Z]{2}$/, 'two capitals')
        .optional(),
      region: LINE.optional(),
    })
    .default({}),
  /** Reddit de-duplicates by conversion id within two days. */
  idempotent: IDEMPOTENT,
  /** From Reddit's test page (v3); remove it afterwards. */
  test_id: LINE.optional(),
  origin: partnerOrigin('https://ads-api.reddit.com'),
})
export type RedditConnection = z.output<typeof REDDIT_CONNECTION>

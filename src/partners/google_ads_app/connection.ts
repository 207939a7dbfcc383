/** The settings of Google Ads' app conversion API. */
import { z } from 'zod'
import { partnerOrigin } from '../kit/partner-origin.ts'
import { SECRET } from '../kit/secrets.ts'
import { VERSION } from '../kit/settings.ts'

export const GOOGLE_ADS_APP_CONNECTION = z.strictObject({
  /** The developer token, as a reference; Google wants it in the query. */
  dev_token: SECRET,
  /** Made in Google Ads for one app and one sender. */
  link_id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'the link id: letters, digits, - and _'),
  /** Google asks for one with every event: this one where the contract names no property `app_version`. */
  app_version: VERSION,
  /** Of whatever counts as the measuring software. */
  sdk_version: VERSION.default('1.0'),
  /** How the sender calls itself at the beginning of the `User-Agent` that it builds: `name/version`. */
  product: z
    .string()
    .regex(/^[A-Za-z0-9.-]{1,40}\/[A-Za-z0-9.-]{1,20}$/, 'name/version, such as Sluice/1.0')
    .default('Sluice/1.0'),
  /** True where this app's people are in the EEA, false where not; sent as `eea` where it is said at all. */
  eea: z.boolean().optional(),
  origin: partnerOrigin('https://www.googleadservices.com'),
})
export type GoogleAdsAppConnection = z.output<typeof GOOGLE_ADS_APP_CONNECTION>

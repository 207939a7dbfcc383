/** Settings of Google Ads' app conversion API. */
import { z } from 'zod'
import { partnerOrigin } from '../kit/partner-origin.ts'
import { SECRET } from '../kit/secrets.ts'
import { VERSION } from '../kit/settings.ts'

export const GOOGLE_ADS_APP_CONNECTION = z.strictObject({
  /** The developer token, as a reference; Google requires it in the query. */
  dev_token: SECRET,
  /** Created in Google Ads for one app and one sender. */
  link_id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'the link id: letters, digits, - and _'),
  /** Google requires one with every event; used if the contract lists no property `app_version`. */
  app_version: VERSION,
  /** The version of the measurement software. */
  sdk_version: VERSION.default('1.0'),
  /** The sender's name at the start of the `User-Agent` it builds: `name/version`. */
  product: z
    .string()
    .regex(/^[A-Za-z0-9.-]{1,40}\/[A-Za-z0-9.-]{1,20}$/, 'name/version, such as Sluice/1.0')
    .default('Sluice/1.0'),
  /** True if this app's users are in the EEA, false if not: sent as `eea`; left out if absent. */
  eea: z.boolean().optional(),
  origin: partnerOrigin('https://www.googleadservices.com'),
})
export type GoogleAdsAppConnection = z.output<typeof GOOGLE_ADS_APP_CONNECTION>

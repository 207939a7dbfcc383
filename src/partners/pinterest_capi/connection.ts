/** Pinterest's settings. */
import { z } from 'zod'
import { partnerOrigin } from '../kit/partner-origin.ts'
import { SECRET } from '../kit/secrets.ts'
import { IDEMPOTENT, LINE, PATH_ID, VERSION } from '../kit/settings.ts'

export const PINTEREST_CONNECTION = z.strictObject({
  ad_account: PATH_ID,
  /** The conversion access token, as a reference. */
  token: SECRET,
  /** `app`: `app_ios` or `app_android`, by the app's platform. */
  action_source: z.enum(['app', 'web', 'offline']).default('app'),
  app_id: LINE.optional(),
  app_name: LINE.optional(),
  /** Used if the contract lists no property `app_version`. */
  app_version: VERSION.optional(),
  /** Pinterest de-duplicates events by id; whether also within this API alone is undocumented [C]. */
  idempotent: IDEMPOTENT,
  /** True: Pinterest validates events without storing them. */
  test: z.boolean().default(false),
  origin: partnerOrigin('https://api.pinterest.com'),
})
export type PinterestConnection = z.output<typeof PINTEREST_CONNECTION>

/** Settings of the App Events API. */
import { z } from 'zod'
import { LDU_PLACE } from '../kit/limited-use.ts'
import { partnerOrigin } from '../kit/partner-origin.ts'
import { SECRET } from '../kit/secrets.ts'
import { PATH_ID, VERSION } from '../kit/settings.ts'

export const META_APP_EVENTS_CONNECTION = z.strictObject({
  /** The app's id at Meta. */
  app_id: PATH_ID,
  /** An access token, as a reference, if the app requires one [C]; sent in the query. */
  token: SECRET.optional(),
  version: z
    .string()
    .regex(/^v\d{1,3}\.\d$/, 'a version of the Graph API, such as v25.0')
    .default('v25.0'),
  /** Unit of `_logTime`: Meta's SDKs send seconds [C], RudderStack milliseconds [A]. */
  log_time: z.enum(['seconds', 'milliseconds']).default('seconds'),
  ldu_place: LDU_PLACE,
  /** Used if the contract lists no property `app_version`. */
  app_version: VERSION.optional(),
  origin: partnerOrigin('https://graph.facebook.com'),
})
export type MetaAppEventsConnection = z.output<typeof META_APP_EVENTS_CONNECTION>

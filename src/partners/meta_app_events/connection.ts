/** The App Events API's settings. */
import { z } from 'zod'
import { LDU_PLACE } from '../kit/limited-use.ts'
import { partnerOrigin } from '../kit/partner-origin.ts'
import { SECRET } from '../kit/secrets.ts'
import { PATH_ID, VERSION } from '../kit/settings.ts'

export const META_APP_EVENTS_CONNECTION = z.strictObject({
  /** The app's id at Meta. */
  app_id: PATH_ID,
  /** An access token, as a reference, where the app asks for one [C]; it travels in the query. */
  token: SECRET.optional(),
  version: z
    .string()
    .regex(/^v\d{1,3}\.\d$/, 'a version of the Graph API, such as v25.0')
    .default('v25.0'),
  /** How `_logTime` counts: Meta's SDKs send seconds [C], RudderStack milliseconds [A]. */
  log_time: z.enum(['seconds', 'milliseconds']).default('seconds'),
  ldu_place: LDU_PLACE,
  /** Where the contract names no property `app_version`. */
  app_version: VERSION.optional(),
  origin: partnerOrigin('https://graph.facebook.com'),
})
export type MetaAppEventsConnection = z.output<typeof META_APP_EVENTS_CONNECTION>

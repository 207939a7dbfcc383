/** Settings of the Conversions API. */
import { z } from 'zod'
import { LDU_PLACE } from '../kit/limited-use.ts'
import { partnerOrigin } from '../kit/partner-origin.ts'
import { SECRET } from '../kit/secrets.ts'
import { IDEMPOTENT, LINE, PATH_ID, VERSION } from '../kit/settings.ts'

export const META_CAPI_CONNECTION = z.strictObject({
  /** The dataset's (pixel's) id. */
  dataset: PATH_ID,
  /** The access token, as a reference; sent in the body, not in the URL. */
  token: SECRET,
  version: z
    .string()
    .regex(/^v\d{1,3}\.\d$/, 'a version of the Graph API, such as v25.0')
    .default('v25.0'),
  action_source: z
    .enum(['app', 'website', 'email', 'phone_call', 'chat', 'physical_store', 'system_generated', 'other'])
    .default('app'),
  /** Meta keeps the first of several events with one name and id within 48 hours. */
  idempotent: IDEMPOTENT,
  ldu_place: LDU_PLACE,
  /** Used if the contract lists no property `app_version`; Meta's short and long version. */
  app_version: VERSION.optional(),
  /** From the test page of Meta's Events Manager; remove it afterwards. */
  test_event_code: LINE.optional(),
  origin: partnerOrigin('https://graph.facebook.com'),
})
export type MetaCapiConnection = z.output<typeof META_CAPI_CONNECTION>

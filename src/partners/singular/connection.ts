/** Singular's settings. */
import { z } from 'zod'
import { partnerOrigin } from '../kit/partner-origin.ts'
import { SECRET } from '../kit/secrets.ts'
import { LINE, VERSION } from '../kit/settings.ts'

export const SINGULAR_CONNECTION = z.strictObject({
  /** The SDK key (not the reporting key), as a reference; sent in the query. */
  key: SECRET,
  /** `device`: v1, by the device's ids. `sdid`: v2, by Singular's own device id only. */
  keyed_by: z.enum(['device', 'sdid']).default('device'),
  /** The contract's event names (`as`) that start a session: sent to /launch, without which Singular accepts no event. */
  sessions: z.array(LINE).default([]),
  /** Used if the contract lists no property `app_v`. */
  app_version: VERSION.optional(),
  /** For deletion requests through its GDPR API; without it none are sent. */
  notices: z
    .strictObject({
      /** `iOS:` or `Android:` followed by the bundle. [B] */
      property_id: z.string().regex(/^(?:iOS|Android):[A-Za-z][\w.-]{1,150}$/, 'iOS: or Android: and the bundle'),
      /** The API key, as a reference: not the SDK key. */
      key: SECRET,
      origin: partnerOrigin('https://gdpr.singular.net'),
    })
    .optional(),
  origin: partnerOrigin('https://s2s.singular.net'),
})
export type SingularConnection = z.output<typeof SINGULAR_CONNECTION>

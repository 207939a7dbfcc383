/** Singular's settings. */
import { z } from 'zod'
import { partnerOrigin } from '../partner-origin.ts'
import { SECRET } from '../secrets.ts'
import { LINE, VERSION } from '../settings.ts'

export const SINGULAR_CONNECTION = z.strictObject({
  /** The SDK key (not the reporting key), as a reference; it travels in the query. */
  key: SECRET,
  /** `device`: v1, by the device's ids. `sdid`: v2, by Singular's own device id and no other. */
  keyed_by: z.enum(['device', 'sdid']).default('device'),
  /** The contract's words (`as`) that begin a session: sent to /launch, without which Singular takes no event. */
  sessions: z.array(LINE).default([]),
  /** Where the contract names no property `app_v`. */
  app_version: VERSION.optional(),
  origin: partnerOrigin('https://s2s.singular.net'),
})
export type SingularConnection = z.output<typeof SINGULAR_CONNECTION>

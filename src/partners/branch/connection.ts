/** Branch's settings. */
import { z } from 'zod'
import { partnerOrigin } from '../kit/partner-origin.ts'
import { SECRET } from '../kit/secrets.ts'
import { PATH_ID, VERSION } from '../kit/settings.ts'

export const BRANCH_CONNECTION = z.strictObject({
  /** The Branch key (`key_live_…`), as a reference; it travels in the body. */
  key: SECRET,
  /** Used if the contract lists no property `app_version`. */
  app_version: VERSION.optional(),
  /** True if this app's users are in the EEA: Branch then requires both DMA consents with every event. */
  eea: z.boolean().optional(),
  /**
   * What a restriction sets beside `limit_ad_tracking`, which alone leaves the choice to each ad network: `callouts` also sets
   * `disable_ad_network_callouts` and `limit_facebook_tracking`. Their place in the body is general knowledge [C]; the first
   * works only if "filter ad network data" is enabled in Branch's dashboard.
   */
  when_restricted: z.enum(['callouts', 'limit_only']).default('callouts'),
  /**
   * Beside `callouts`, the consumer protection level: `REDUCED` attributes no advertising, `MINIMAL` is for analytics only,
   * `NONE` for nothing. Its name is known from the public SDK [A], its values and its place in the body are not [C];
   * `unsaid` leaves it out.
   */
  cpp_level: z.enum(['REDUCED', 'MINIMAL', 'NONE', 'unsaid']).default('REDUCED'),
  /** Only for apps allow-listed by Branch: also sends the address as the header `X-IP-Override`. */
  ip_override: z.boolean().default(false),
  /** For its Data Subject Request API, which Branch's support enables on request; without it no deletion requests are sent. */
  notices: z
    .strictObject({
      /** The app's id in Branch, not its key. */
      app_id: PATH_ID,
      /** The Access Token of a user with access to sensitive data, as a reference. */
      token: SECRET,
    })
    .optional(),
  origin: partnerOrigin('https://api2.branch.io'),
})
export type BranchConnection = z.output<typeof BRANCH_CONNECTION>

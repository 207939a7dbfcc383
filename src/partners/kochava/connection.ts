/** Kochava's settings. */
import { z } from 'zod'
import { partnerOrigin } from '../kit/partner-origin.ts'
import { SECRET } from '../kit/secrets.ts'
import { LINE, VERSION } from '../kit/settings.ts'

export const KOCHAVA_CONNECTION = z.strictObject({
  /** The app's GUID in Kochava. */
  app_guid: LINE,
  /**
   * What stands as `kochava_device_id`, which must stay the same for one install: Kochava's own id, the vendor's id (on
   * Android the device's), or the SDK's anonymous id. Never one in place of another: what is withheld is missing.
   */
  device_id: z.enum(['kochava_device_id', 'device', 'anonymous_id']).default('kochava_device_id'),
  /** Kochava's page asks for a URL-encoded user agent [B]; others send it as it is [A]. */
  user_agent: z.enum(['encoded', 'plain']).default('encoded'),
  /** Whether a restriction also sets `app_limit_tracking`, known from the SDK; its place here is not confirmed [C]. */
  limit_tracking: z.boolean().default(true),
  /** For its Data Subject Request API; left out, it is told of no deletion. */
  notices: z
    .strictObject({
      /** The number of the account in Kochava. */
      account: z.int().min(1),
      /** The number of the app in Kochava, which is not its GUID; left out, a deletion is one for all apps of the account. */
      app: z.int().min(1).optional(),
      /** The API key, as a reference; it travels as `Authentication-Key`. */
      key: SECRET,
      origin: partnerOrigin('https://nng.kochava.com'),
    })
    .optional(),
  /** Where the contract names no property `app_version`. */
  app_version: VERSION.optional(),
  origin: partnerOrigin('https://control.kochava.com'),
})
export type KochavaConnection = z.output<typeof KOCHAVA_CONNECTION>

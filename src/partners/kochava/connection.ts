/** Kochava's settings. */
import { z } from 'zod'
import { partnerOrigin } from '../kit/partner-origin.ts'
import { SECRET } from '../kit/secrets.ts'
import { LINE, VERSION } from '../kit/settings.ts'

export const KOCHAVA_CONNECTION = z.strictObject({
  /** The app's GUID in Kochava. */
  app_guid: LINE,
  /**
   * The source of `kochava_device_id`, which must be stable for an install: Kochava's own id, the vendor's id (on Android the
   * device's), or the SDK's anonymous id. There is no fallback: a withheld id is missing.
   */
  device_id: z.enum(['kochava_device_id', 'device', 'anonymous_id']).default('kochava_device_id'),
  /** Kochava's page requires a URL-encoded user agent [B]; others send it unencoded [A]. */
  user_agent: z.enum(['encoded', 'plain']).default('encoded'),
  /** Whether a restriction also sets `app_limit_tracking`, known from the SDK; its place here is unconfirmed [C]. */
  limit_tracking: z.boolean().default(true),
  /** For its Data Subject Request API; without it no deletion requests are sent. */
  notices: z
    .strictObject({
      /** The number of the account in Kochava. */
      account: z.int().min(1),
      /** The number of the app in Kochava, not its GUID; without it a deletion covers all apps of the account. */
      app: z.int().min(1).optional(),
      /** The API key, as a reference; sent as `Authentication-Key`. */
      key: SECRET,
      origin: partnerOrigin('https://nng.kochava.com'),
    })
    .optional(),
  /** Used if the contract lists no property `app_version`. */
  app_version: VERSION.optional(),
  origin: partnerOrigin('https://control.kochava.com'),
})
export type KochavaConnection = z.output<typeof KOCHAVA_CONNECTION>

/** Snapchat's settings. */
import { z } from 'zod'
import { LDU_PLACE } from '../kit/limited-use.ts'
import { partnerOrigin } from '../kit/partner-origin.ts'
import { SECRET } from '../kit/secrets.ts'
import { IDEMPOTENT, LINE, PATH_ID, VERSION } from '../kit/settings.ts'

export const SNAPCHAT_CONNECTION = z.strictObject({
  /** The Snap App ID for app events, the Pixel ID for web events. */
  id: PATH_ID,
  /** The access token, as a reference; Snapchat requires it in the query. */
  token: SECRET,
  action_source: z.enum(['MOBILE_APP', 'WEB', 'OFFLINE']).default('MOBILE_APP'),
  /** The app's id in its store, for app events. */
  app_id: LINE.optional(),
  /**
   * The spelling of limited use. Sources disagree: `LDU` [A, Segment], `LMU` in the page's heading [B], `lmu` from RudderStack
   * [A]. Ask Snapchat.
   */
  limited_use: z.enum(['LDU', 'LMU', 'lmu']).default('LDU'),
  ldu_place: LDU_PLACE,
  /** Snapchat de-duplicates by event id [C]. */
  idempotent: IDEMPOTENT,
  /** Used if the contract lists no property `app_version`. */
  app_version: VERSION.optional(),
  origin: partnerOrigin('https://tr.snapchat.com'),
})
export type SnapchatConnection = z.output<typeof SNAPCHAT_CONNECTION>

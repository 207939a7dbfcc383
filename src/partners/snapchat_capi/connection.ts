/** Snapchat's settings. */
import { z } from 'zod'
import { LDU_PLACE } from '../kit/limited-use.ts'
import { partnerOrigin } from '../kit/partner-origin.ts'
import { SECRET } from '../kit/secrets.ts'
import { IDEMPOTENT, LINE, PATH_ID, VERSION } from '../kit/settings.ts'

export const SNAPCHAT_CONNECTION = z.strictObject({
  /** The Snap App ID for app events, the Pixel ID for web events. */
  id: PATH_ID,
  /** The access token, as a reference; Snapchat wants it in the query. */
  token: SECRET,
  action_source: z.enum(['MOBILE_APP', 'WEB', 'OFFLINE']).default('MOBILE_APP'),
  /** The app's id in its store, for app events. */
  app_id: LINE.optional(),
  /**
   * How limited use is written. The sources disagree: `LDU` [A, Segment], the page's heading says `LMU` [B], RudderStack
   * sends `lmu` [A]. Ask Snapchat.
   */
  limited_use: z.enum(['LDU', 'LMU', 'lmu']).default('LDU'),
  ldu_place: LDU_PLACE,
  /** Snapchat counts an event id once [C]. */
  idempotent: IDEMPOTENT,
  /** Where the contract names no property `app_version`. */
  app_version: VERSION.optional(),
  origin: partnerOrigin('https://tr.snapchat.com'),
})
export type SnapchatConnection = z.output<typeof SNAPCHAT_CONNECTION>

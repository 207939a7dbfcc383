/** TikTok's settings. */
import { z } from 'zod'
import { partnerOrigin } from '../kit/partner-origin.ts'
import { SECRET } from '../kit/secrets.ts'
import { IDEMPOTENT, LINE, VERSION } from '../kit/settings.ts'

/** Certain to be accepted [A/B]; TikTok's own limit is believed to be 1,000 [C]. */
const SURE_BATCH = 50
export const MOST_IN_A_BATCH = 1_000

export const TIKTOK_CONNECTION = z.strictObject({
  event_source: z.enum(['app', 'web', 'offline']).default('app'),
  /** TikTok's id of the app, the pixel's code, or the offline event set's id. */
  event_source_id: LINE,
  /** The access token, as a reference. */
  token: SECRET,
  /** IDFA and AAID as SHA-256 of the lower-case id, or in clear text: TikTok accepts both. */
  advertising_ids: z.enum(['hashed', 'plain']).default('hashed'),
  /** TikTok keeps the first of several events with one name and id within 48 hours. */
  idempotent: IDEMPOTENT,
  /** The app's id in its store, its name, and its version if the contract lists no property `app_version`. */
  app: z.strictObject({ id: LINE.optional(), name: LINE.optional(), version: VERSION.optional() }).default({}),
  /** Maximum events per request. */
  max_batch: z.int().min(1).max(MOST_IN_A_BATCH).default(SURE_BATCH),
  /** From TikTok's test page; remove it afterwards. */
  test_event_code: LINE.optional(),
  origin: partnerOrigin('https://business-api.tiktok.com'),
})
export type TikTokConnection = z.output<typeof TIKTOK_CONNECTION>

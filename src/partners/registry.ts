/** Every partner type, one line each. Nothing registers itself. */
import { adjust } from './adjust/index.ts'
import { appsflyer } from './appsflyer/index.ts'
import { branch } from './branch/index.ts'
import { googleAdsApp } from './google_ads_app/index.ts'
import type { RegisteredType } from './kit/envelope-limits.ts'
import { kochava } from './kochava/index.ts'
import { metaAppEvents } from './meta_app_events/index.ts'
import { metaCapi } from './meta_capi/index.ts'
import { openrtb26 } from './openrtb26/index.ts'
import { pinterestCapi } from './pinterest_capi/index.ts'
import { pixel } from './pixel/index.ts'
import { redditCapi } from './reddit_capi/index.ts'
import { singular } from './singular/index.ts'
import { snapchatCapi } from './snapchat_capi/index.ts'
import { tiktokEvents } from './tiktok_events/index.ts'
import { webhook } from './webhook/index.ts'

export const PARTNER_TYPES: readonly RegisteredType[] = [
  webhook,
  pixel,
  openrtb26,
  appsflyer,
  adjust,
  branch,
  kochava,
  singular,
  metaCapi,
  metaAppEvents,
  tiktokEvents,
  snapchatCapi,
  googleAdsApp,
  pinterestCapi,
  redditCapi,
]

/** Types by their name in contracts. */
export function partnerTypes(): ReadonlyMap<string, RegisteredType> {
  return new Map(PARTNER_TYPES.map((type) => [type.type, type]))
}

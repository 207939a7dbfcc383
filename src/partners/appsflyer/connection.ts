/** AppsFlyer's settings. */
import { z } from 'zod'
import { partnerOrigin } from '../kit/partner-origin.ts'
import { SECRET } from '../kit/secrets.ts'

const IOS = /^id\d{6,12}$/
/** A package name, with the channel after `-` for apps outside the store. */
const ANDROID = /^[A-Za-z]\w*(\.[A-Za-z]\w*)+(-[\w.]+)?$/

export const APPSFLYER_CONNECTION = z.strictObject({
  /** iOS: `id` and digits (without `id` AppsFlyer answers 200 but loses the event); Android: the package name. */
  app_id: z
    .string()
    .max(200)
    .refine((appId) => !/^\d+$/.test(appId), {
      error: "digits alone: an iOS app's id here starts with id, or AppsFlyer answers 200 and the event is lost",
      abort: true,
    })
    .refine((appId) => IOS.test(appId) || ANDROID.test(appId), {
      error: 'neither an iOS id (id and the number, such as id1234567890) nor an Android package name',
    }),
  /** The S2S key (api3) or dev key (api2), as a reference. */
  key: SECRET,
  /** api3 is current, api2 legacy; an http origin on this machine is for tests. */
  origin: partnerOrigin('https://api3.appsflyer.com', 'https://api2.appsflyer.com'),
  /** How "share with nobody" is written: `["all"]` by the schema, or `"all"` by the text of the page. */
  sharing_filter: z.enum(['array', 'string']).default('array'),
  /** Android: scope of a vendor id that is an app set id, 1 for the app's own, 2 for the developer's. */
  app_set_id_scope: z.union([z.literal(1), z.literal(2)]).optional(),
  /** For deletion requests through its OpenDSR API; without it none are sent. */
  notices: z
    .strictObject({
      /** The V2 API token of an admin, as a reference: not the key for events. */
      token: SECRET,
      origin: partnerOrigin('https://hq1.appsflyer.com'),
    })
    .optional(),
  /** True if this app's users are in the EEA, false if not: sent as `consent_data`; left out if absent. */
  eea: z.boolean().optional(),
})
export type AppsFlyerConnection = z.output<typeof APPSFLYER_CONNECTION>

/** The app's platform, by the form of its id. */
export function platformOf({ app_id }: AppsFlyerConnection): 'ios' | 'android' {
  return IOS.test(app_id) ? 'ios' : 'android'
}

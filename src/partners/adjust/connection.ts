/** Adjust's settings. */
import { z } from 'zod'
import { partnerOrigin } from '../kit/partner-origin.ts'
import { SECRET } from '../kit/secrets.ts'
import { PATH_ID } from '../kit/settings.ts'

export const ADJUST_CONNECTION = z.strictObject({
  /** The app's token from Adjust's dashboard; a contract's `as` is the event's token. */
  app_token: PATH_ID,
  environment: z.enum(['production', 'sandbox']).default('production'),
  /** Needed where "S2S Security" is switched on; sent as `Authorization: Bearer …`. */
  security_token: SECRET.optional(),
  /** `form` keeps ids and addresses out of URLs, which are widely logged; Adjust accepts both with POST. */
  send_as: z.enum(['form', 'query']).default('form'),
  /** True if this app's users are in the EEA: third_party_sharing then also carries Google's DMA consents. [C] */
  eea: z.boolean().optional(),
  /** The regional hosts keep data in that region. [C] */
  origin: partnerOrigin(
    'https://s2s.adjust.com',
    'https://s2s.eu.adjust.com',
    'https://s2s.tr.adjust.com',
    'https://s2s.us.adjust.com',
  ),
})
export type AdjustConnection = z.output<typeof ADJUST_CONNECTION>

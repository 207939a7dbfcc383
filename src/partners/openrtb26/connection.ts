/** A bidder's settings: everything in a bid request that does not depend on the user. */
import { z } from 'zod'
import { CUSTOM_HEADERS } from '../kit/custom-headers.ts'
import { DSRDELETE } from '../kit/deletion-framework.ts'
import { urlProblem } from '../kit/origin.ts'
import { LINE } from '../kit/settings.ts'

const PIXELS = z.int().min(1).max(10_000)
const IMPRESSION = z.strictObject({
  id: LINE,
  tagid: LINE.optional(),
  banner: z.strictObject({ w: PIXELS, h: PIXELS }).optional(),
  video: z
    .strictObject({
      mimes: z.array(LINE).min(1),
      minduration: z.int().min(0).optional(),
      maxduration: z.int().min(1).optional(),
      w: PIXELS.optional(),
      h: PIXELS.optional(),
    })
    .optional(),
  instl: z.int().min(0).max(1).optional(),
  bidfloor: z.number().min(0).optional(),
  bidfloorcur: LINE.optional(),
})

export const OPENRTB_CONNECTION = z
  .strictObject({
    /** Agreed with the bidder; https, or http to this machine. */
    url: z.string(),
    /** The version that decides where consent, eids and US Privacy go: 2.5 has them under `ext`. */
    version: z.enum(['2.6', '2.5']).default('2.6'),
    headers: CUSTOM_HEADERS,
    imp: z.array(IMPRESSION).min(1).max(20),
    /** Time for the bidder, milliseconds. */
    tmax: z.int().min(10).max(10_000).optional(),
    /** 1 first price, 2 second price. */
    at: z.int().min(1).max(2).optional(),
    cur: z.array(z.string().regex(/^[A-Z]{3}$/, 'an ISO 4217 code')).optional(),
    app: z
      .strictObject({ name: LINE.optional(), storeurl: LINE.optional(), cat: z.array(LINE).optional() })
      .default({}),
    publisher: z.strictObject({ id: LINE.optional(), name: LINE.optional(), domain: LINE.optional() }).optional(),
    /** The bidder's dsrdelete.json, for deletion requests; without it none are sent. */
    dsrdelete: DSRDELETE.optional(),
    /** Partner ids of the user that are extended ids, each with its issuer's domain: `{uid2: uidapi.com}`. */
    eids: z.partialRecord(z.enum(['uid2', 'id5', 'rampid']), LINE).default({}),
  })
  .superRefine(({ url }, context) => {
    const why = urlProblem(url)
    if (why !== undefined) context.addIssue({ code: 'custom', path: ['url'], message: why })
  })
export type OpenRtbConnection = z.output<typeof OPENRTB_CONNECTION>

/** Schema of `config/defaults.yaml`: values that contracts need not repeat, and share profiles for them. */
import { z } from 'zod'
import { LIMITS, SEND, SHARE } from './contract.ts'
import { ID, LINE } from './words.ts'

const PROFILE = z.strictObject({
  share: SHARE.optional(),
  when_restricted: z.strictObject({ send: SEND.optional(), share: SHARE.optional() }).optional(),
})

export const DEFAULTS_OPTIONS = z.strictObject({
  contact: LINE.optional(),
  apps: z.array(ID).min(1).optional(),
  limits: z.strictObject(LIMITS).partial().optional(),
  profiles: z.record(ID, PROFILE).default({}),
})

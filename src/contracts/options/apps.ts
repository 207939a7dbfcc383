/** Schema of `config/apps.yaml`. */
import { z } from 'zod'
import { PURPOSES } from '../../model/contract.ts'
import { USER_ID_FORMATS } from '../../model/user-ids.ts'
import { ID, isPublicHttps, LINE } from './words.ts'

/** Never repeated in a message: it allows anyone to send events. */
const WRITE_KEY = z.string({ error: '' }).refine((key) => /^[A-Za-z0-9._~-]{8,128}$/.test(key), {
  error: 'not a write key: 8 to 128 of A-Z a-z 0-9 . _ ~ - (in quotes where it is all digits)',
})

const CLAIM = z.string().regex(/^[A-Za-z_][\w.:/-]{0,99}$/, 'the name of a claim, such as sub')

const USERS = z
  .strictObject({
    /** A URL is fetched; any other text is a file path. */
    jwks: z
      .string()
      .refine((text) => (text.includes('://') ? isPublicHttps(text) : /^[^\p{Cc}]{1,1000}$/u.test(text)), {
        error: 'neither an https URL (without a password in it) nor the path of a file',
      })
      .optional(),
    issuer: LINE.optional(),
    audience: LINE.optional(),
    claim: CLAIM.default('sub'),
    /** A claim with the time since when the user has the id: ids such as phone numbers are reassigned. */
    since_claim: CLAIM.optional(),
    /** Equal user ids of apps in one namespace identify one user. */
    namespace: ID.default('default'),
    format: z.enum(USER_ID_FORMATS).default('opaque'),
    /** Placeholders that are real user ids here. */
    real_ids: z.array(LINE).max(200).optional(),
  })
  .superRefine(({ jwks, issuer, audience }, context) => {
    const given = [jwks, issuer, audience].filter((part) => part !== undefined)
    if (given.length > 0 && given.length < 3) {
      context.addIssue({
        code: 'custom',
        message: 'jwks, issuer and audience: all three, or none where there are no tokens',
      })
    }
  })

export const APP = z.strictObject({
  id: ID,
  name: LINE,
  platform: z.enum(['ios', 'android']).optional(),
  bundle: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/, 'a bundle id or package name, such as com.example.app')
    .optional(),
  write_keys: z.array(WRITE_KEY).max(20),
  retired_keys: z.array(WRITE_KEY).max(1_000).default([]),
  /** True if only testers use it: the inbox then reports a new event name at once instead of after 20 subjects. */
  test: z.boolean().default(false),
  /** The consent tool's categories, as named by its SDK → purposes each covers. */
  consent_categories: z.record(LINE, z.array(z.enum(PURPOSES)).min(1)).optional(),
  users: USERS.optional(),
})
export type AppOptions = z.output<typeof APP>

export const APPS_OPTIONS = z.strictObject({ apps: z.array(APP).min(1) })

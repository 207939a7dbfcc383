/** The shape of `config/apps.yaml`. */
import { z } from 'zod'
import { PURPOSES } from '../../model/contract.ts'
import { USER_ID_FORMATS } from '../../model/user-ids.ts'
import { ID, isPublicHttps, LINE } from './words.ts'

/** Never repeated in a message: with it anyone can send events. */
const WRITE_KEY = z.string({ error: '' }).refine((key) => /^[A-Za-z0-9._~-]{8,128}$/.test(key), {
  error: 'not a write key: 8 to 128 of A-Z a-z 0-9 . _ ~ - (in quotes where it is all digits)',
})

const CLAIM = z.string().regex(/^[A-Za-z_][\w.:/-]{0,99}$/, 'the name of a claim, such as sub')

const USERS = z
  .strictObject({
    /** A URL is fetched; anything else is a file's path. */
    jwks: z
      .string()
      .refine((text) => (text.includes('://') ? isPublicHttps(text) : /^[^\p{Cc}]{1,1000}$/u.test(text)), {
        error: 'neither an https URL (without a password in it) nor the path of a file',
      })
      .optional(),
    issuer: LINE.optional(),
    audience: LINE.optional(),
    claim: CLAIM.default('sub'),
    /** A claim with the time since when this person has the id: ids such as phone numbers are given out again. */
    since_claim: CLAIM.optional(),
    /** Apps with equal user ids in one namespace have one person. */
    namespace: ID.default('default'),
    format: z.enum(USER_ID_FORMATS).default('opaque'),
    /** Placeholders that are ids of real people here. */
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
  /** True where only testers use it: the inbox then asks about a new name at once, and not after 20 subjects. */
  test: z.boolean().default(false),
  /** The consent tool's categories, by the names its SDK sends → purposes each covers. */
  consent_categories: z.record(LINE, z.array(z.enum(PURPOSES)).min(1)).optional(),
  users: USERS.optional(),
})
export type AppOptions = z.output<typeof APP>

export const APPS_OPTIONS = z.strictObject({ apps: z.array(APP).min(1) })

/** Schema of `control` in `gateway.yaml`: address, callers and their authentication. */
import { z } from 'zod'
import type { StaffRole } from '../../model/actor.ts'
import { TOKEN_ALGORITHMS } from '../config.ts'
import { isOnThisMachine, isPublicHttps, LINE, SECRET_REFERENCE } from './words.ts'

/** Loopback: by default only this machine reaches the control plane. */
const CONTROL_HOST = '127.0.0.1'
const CONTROL_PORT = 8081
/** Clocks differ by seconds; more than a minute is a broken clock. */
const CLOCK_SKEW_SECONDS = 30
/** Calls per minute and actor: a console that refreshes every second stays far below. */
const ACTOR_PER_MINUTE = 600
/** Calls per minute and address: a few actors behind one proxy. */
const ADDRESS_PER_MINUTE = 1_200
/** Rejected tokens per minute and address before they are answered with 429; a valid token always passes. */
const FAILED_LOGINS_PER_MINUTE = 10

export const HOST = z.string().regex(/^[A-Za-z0-9.:_-]{1,253}$/, 'a host name or an IP address, without a port')
export const PORT = z.int().min(0).max(65_535)
/** Path of a key set file. */
const PATH_FORM = /^[^\p{Cc}]{1,1000}$/u
export const PATH = z.string().regex(/^(?=.*\S)[^\p{Cc}]{1,1000}$/u, 'a path')
const ORIGIN = z.string().refine(isOrigin, { error: 'not an origin of a browser, such as https://ops.example.com' })
const CLAIM = z.string().regex(/^[^\s\p{Cc}]{1,200}$/u, 'the name of a claim')
const KEY_SET = z
  .string()
  .refine((text) => (text.includes('://') ? isPublicHttps(text) || isOnThisMachine(text) : PATH_FORM.test(text)), {
    error: 'neither an https URL (without a password in it) nor the path of a file; http only on this machine',
  })
const SCOPE = z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/, 'a scope')
const ADDRESS = z.string().refine((text) => isPublicHttps(text) || isOnThisMachine(text), {
  error: 'neither an https URL without a password, nor http on this machine',
})
/** Exactly the console's callback: issuers compare the whole text (RFC 9700 §4.1.3). */
const REDIRECT = z
  .string()
  .refine(
    (text) => (isPublicHttps(text) || isOnThisMachine(text)) && /^[^?#]*:\/\/[^/?#]+\/session\/callback$/.test(text),
    {
      error: 'not https://NAME/session/callback; http only on this machine',
    },
  )

/** Browser sign-in at the issuer. */
const SIGN_IN = z.strictObject({
  client_id: LINE,
  client_secret: SECRET_REFERENCE.optional(),
  redirect_uri: REDIRECT,
  scopes: z
    .array(SCOPE)
    .min(1)
    .max(20)
    .default(['openid', 'profile'])
    .refine((scopes) => scopes.includes('openid'), { error: 'openid is missing: without it there is no ID token' }),
})

const ROLE_VALUES = z.array(LINE).max(100).default([])

const OIDC = z.strictObject({
  issuer: LINE,
  audience: LINE,
  jwks: KEY_SET,
  algorithms: z.array(z.enum(TOKEN_ALGORITHMS)).min(1).default(['ES256', 'RS256', 'PS256', 'EdDSA']),
  clock_skew_seconds: z.int().min(0).max(60).default(CLOCK_SKEW_SECONDS),
  /** A name, or a path of names for a nested claim. */
  roles_claim: z.union([CLAIM, z.array(CLAIM).min(1).max(5)]).default('roles'),
  /** Claim values that grant each role. */
  roles: z.strictObject({
    viewer: ROLE_VALUES,
    editor: ROLE_VALUES,
    approver: ROLE_VALUES,
    privacy_officer: ROLE_VALUES,
    auditor: ROLE_VALUES,
    aggregate: ROLE_VALUES,
  } satisfies Record<StaffRole, z.ZodType>),
  name_claim: CLAIM.optional(),
  sign_in: SIGN_IN.optional(),
})

export const CONTROL_OPTIONS = z.strictObject({
  host: HOST.default(CONTROL_HOST),
  port: PORT.default(CONTROL_PORT),
  hosts: z.array(HOST).default([]),
  origins: z.array(ORIGIN).default([]),
  tls: z.strictObject({ certificate: PATH, key: PATH }).optional(),
  behind_tls_proxy: z.boolean().default(false),
  metrics_token: SECRET_REFERENCE.optional(),
  webhook: z.strictObject({ url: ADDRESS, secret: SECRET_REFERENCE }).optional(),
  access: z.strictObject({ bootstrap_token: z.boolean().default(true), oidc: OIDC.optional() }).prefault({}),
  limits: z
    .strictObject({
      actor_per_minute: z.int().min(10).max(100_000).default(ACTOR_PER_MINUTE),
      address_per_minute: z.int().min(10).max(100_000).default(ADDRESS_PER_MINUTE),
      failed_logins_per_minute: z.int().min(1).max(1_000).default(FAILED_LOGINS_PER_MINUTE),
    })
    .prefault({}),
})
export type ControlOptions = z.output<typeof CONTROL_OPTIONS>

function isOrigin(text: string): boolean {
  return URL.canParse(text) && /^https?:/.test(text) && new URL(text).origin === text
}

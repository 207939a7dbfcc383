/** OpenDSR settings for types whose partner may be any processor. */
import { hash } from 'node:crypto'
import { z } from 'zod'
import type { AppFacts } from '../../model/values.ts'
import { CUSTOM_HEADERS, customHeaders } from './custom-headers.ts'
import type { NoticeCall, NoticeEncoder, NoticeIdentifier } from './notices.ts'
import { type OpenDsrIdentity, openDsrErasure } from './opendsr.ts'
import { certificateProblem } from './opendsr-signature.ts'
import { urlProblem } from './origin.ts'
import { DOMAIN } from './settings.ts'

/** The types of section 5.1 that an app's telemetry can provide. */
const IDENTITY_TYPES = [
  'ios_advertising_id',
  'android_advertising_id',
  'fire_advertising_id',
  'ios_vendor_id',
  'android_id',
  'controller_customer_id',
  'email',
] as const
type IdentityType = (typeof IDENTITY_TYPES)[number]

export const OPENDSR = z
  .strictObject({
    /** The processor's address up to its major version: `https://opendsr.processor.example/v2`. */
    url: z.string(),
    /** 1.0 is called OpenGDPR: another path, other headers, no `regulation`. */
    version: z.enum(['2.0', '1.0']).default('2.0'),
    /** The same for every subject, so that it reveals nothing. */
    regulation: z.enum(['gdpr', 'ccpa']).default('gdpr'),
    /** From its `/discovery`, type → format. Users known by another identifier are not included. */
    identities: z.partialRecord(z.enum(IDENTITY_TYPES), z.enum(['raw', 'sha256', 'sha1', 'md5'])),
    headers: CUSTOM_HEADERS,
    /** For verifying the processor's signatures. Without it, answers are trusted because of TLS and no callbacks are requested. */
    processor: z
      .strictObject({
        /** Its `X-OpenDSR-Processor-Domain`. */
        domain: DOMAIN,
        /** PEM, as linked from its `/discovery`. Two during a rotation. */
        certificates: z.array(z.string().max(16_384)).min(1).max(4),
      })
      .superRefine(({ domain, certificates }, context) => {
        for (const [index, pem] of certificates.entries()) {
          const why = certificateProblem(pem, domain)
          if (why !== undefined) context.addIssue({ code: 'custom', path: ['certificates', index], message: why })
        }
      })
      .optional(),
  })
  .superRefine(({ url, identities }, context) => {
    const why = urlProblem(url) ?? (/[?]|\/$/.test(url) ? 'an address with a query, or with / at its end' : undefined)
    if (why !== undefined) context.addIssue({ code: 'custom', path: ['url'], message: why })
    if (Object.keys(identities).length === 0)
      context.addIssue({ code: 'custom', path: ['identities'], message: 'no identity: nothing can be deleted' })
  })
export type OpenDsrSettings = z.output<typeof OPENDSR>

/** The deletion call of every type that accepts `OPENDSR`. */
export const OPENDSR_ERASURE = {
  takes: {
    advertising_id: ['idfa', 'aaid', 'amazon'],
    vendor_id: 'any',
    device_id: 'any',
    user_id: 'any',
    email: 'any',
  },
  reversible: false,
  // The controller creates the id once, for all attempts.
  idempotent: true,
  certainty: 'A',
  doc: 'OpenDSR 2.0 and 1.0 (OpenGDPR), github.com/opengdpr/OpenDSR, specification.md and security_guidelines.md, 29 June 2020',
} as const satisfies Omit<NoticeCall<never>, 'under'>

/** @param at the connection key that holds these settings */
export function openDsrUnder(
  { url, version, regulation, identities, headers, processor }: OpenDsrSettings,
  at: string,
): NoticeEncoder {
  const { origin, pathname } = new URL(url)
  const base = pathname === '/' ? '' : pathname
  return openDsrErasure({
    origin,
    path: base + (version === '2.0' ? '/requests' : '/opengdpr_requests'),
    headers: customHeaders(headers, `${at}.headers`),
    members: version === '2.0' ? { regulation, api_version: version } : { api_version: version },
    identityOf: (identifier, app) => identityOf(identifier, app, identities),
    processor,
  })
}

function identityOf(
  identifier: NoticeIdentifier,
  { platform }: AppFacts,
  identities: OpenDsrSettings['identities'],
): OpenDsrIdentity | undefined {
  const type = typeOf(identifier, platform)
  const format = type === undefined ? undefined : identities[type]
  // The specification defines no normal form; an e-mail address is hashed in the common one.
  const plain = type === 'email' && format !== 'raw' ? identifier.value.trim().toLowerCase() : identifier.value
  if (type === undefined || format === undefined) return undefined
  return {
    identity_type: type,
    identity_value: format === 'raw' ? plain : hash(format, plain, 'hex'),
    identity_format: format,
  }
}

/** Our pseudonym is the customer id if the partner received it as one; it is never a device id. */
function typeOf(
  { class: of, kind, isPseudonym }: NoticeIdentifier,
  platform: AppFacts['platform'],
): IdentityType | undefined {
  if (of === 'user_id') return 'controller_customer_id'
  if (isPseudonym) return undefined
  switch (of) {
    case 'advertising_id':
      return ADVERTISING[kind]
    case 'vendor_id':
      return platform === 'android' ? undefined : 'ios_vendor_id'
    case 'device_id':
      return platform === 'ios' ? undefined : 'android_id'
    case 'email':
      return 'email'
    default:
      return undefined
  }
}
const ADVERTISING: Readonly<Record<string, IdentityType>> = {
  idfa: 'ios_advertising_id',
  aaid: 'android_advertising_id',
  amazon: 'fire_advertising_id',
}

/**
 * Tokens of IAB Tech Lab's Data Deletion Request Framework (draft of 2024, read November 2026): a requester's rqJWT holds the
 * first party's idJWT. Both are signed, and both issuers must be known. Claims are used only after the signature is verified.
 * Problems are reported by the framework's result codes, checked in its order.
 */

import { compactVerify, decodeJwt, decodeProtectedHeader, errors, type JWTPayload, type JWTVerifyGetKey } from 'jose'
import type { EpochMs } from '../model/brand.ts'
import type { Identity, IdentityKind } from '../model/event.ts'
import { isUnreadable, tryJson } from '../model/json-text.ts'

const ALGORITHMS = ['ES256', 'ES384', 'RS256', 'PS256', 'EdDSA']
const VERSION = '1.0'
/** Maximum age of a request, and of the first party's token in it. */
export const MAX_REQUEST_AGE_MS = 86_400_000
const MAX_ORIGIN_AGE_MS = 30 * 86_400_000
const MAX_SKEW_MS = 300_000
const MAX_VALUE = 512

/** The framework's `raResultCode`. */
export const RESULT = {
  accepted: 0,
  malformed: 1,
  signature: 2,
  token: 3,
  identifier_type: 4,
  identifier_format: 5,
  timestamp: 6,
} as const
export type ResultCode = (typeof RESULT)[keyof typeof RESULT]

/** Supported identifiers: ours are keyed, so only plain values can be matched. */
export const IDENTIFIERS: Readonly<Record<string, IdentityKind>> = {
  ppuid: 'user',
  idfa: 'advertising_id',
  aaid: 'advertising_id',
  ifv: 'vendor_id',
}

export interface TokenRules {
  /** The keys of a known requester, by domain; undefined for others. */
  readonly keysOf: (domain: string) => JWTVerifyGetKey | undefined
  /** Our domain: a token for another audience is refused. */
  readonly domain: string
  readonly now: () => EpochMs
  /** Undefined for a placeholder, a value of another kind, or a user id that is ambiguous between namespaces. */
  readonly identityOf: (kind: IdentityKind, value: string) => Identity | undefined
}
export type ReadRequest =
  | {
      readonly ok: true
      readonly issuer: string
      readonly origin: string
      /** The requester's id of this request. */
      readonly id: string
      readonly identity: Identity
      readonly type: string
      /** The first party's token, as it came. */
      readonly idJWT: string
    }
  /** `authentic`: the request carries a known requester's valid signature. */
  | { readonly ok: false; readonly code: ResultCode; readonly says: string; readonly authentic: boolean }

export async function readDeletionRequest(token: string, rules: TokenRules): Promise<ReadRequest> {
  const request = await openToken(token, MAX_REQUEST_AGE_MS, rules)
  if (!request.ok) return { ...request, authentic: false }
  const refuse = (code: ResultCode, says: string): ReadRequest => ({ ok: false, code, says, authentic: true })
  const { idJWT } = request.claims
  if (typeof idJWT !== 'string') return refuse(RESULT.malformed, 'idJWT is missing')
  const origin = await openToken(idJWT, MAX_ORIGIN_AGE_MS, rules)
  if (!origin.ok) return refuse(origin.code, `idJWT: ${origin.says}`)
  const subject = subjectOf(request.claims.sub)
  if (subject === undefined)
    return refuse(RESULT.malformed, 'sub must have identifierValue, identifierType and identifierFormat')
  const kind = Object.hasOwn(IDENTIFIERS, subject.type) ? IDENTIFIERS[subject.type] : undefined
  if (kind === undefined) return refuse(RESULT.identifier_type, `supported: ${Object.keys(IDENTIFIERS).join(', ')}`)
  if (subject.format !== 'plaintext') return refuse(RESULT.identifier_format, 'supported: plaintext')
  if (subject.value.trim() === '' || subject.value.length > MAX_VALUE)
    return refuse(RESULT.identifier_format, 'the value is empty or too long')
  if (isUnreadable(subject.value)) return refuse(RESULT.identifier_format, 'the value is no well-formed Unicode')
  const identity = rules.identityOf(kind, subject.value)
  if (identity === undefined) return refuse(RESULT.identifier_format, 'the value names nobody here')
  return {
    ok: true,
    issuer: request.issuer,
    origin: origin.issuer,
    id: request.id,
    identity,
    type: subject.type,
    idJWT,
  }
}

type Opened =
  | {
      readonly ok: true
      readonly issuer: string
      readonly id: string
      readonly claims: JWTPayload & { readonly idJWT?: unknown }
    }
  | { readonly ok: false; readonly code: ResultCode; readonly says: string }

async function openToken(token: string, maxAgeMs: number, { keysOf, domain, now }: TokenRules): Promise<Opened> {
  const refuse = (code: ResultCode, says: string): Opened => ({ ok: false, code, says })
  let claims: JWTPayload & { readonly version?: unknown }
  try {
    decodeProtectedHeader(token)
    claims = decodeJwt(token)
  } catch {
    // The parser's message may quote the token.
    return refuse(RESULT.token, 'not a JWT')
  }
  const { iss, jti, iat, exp, aud, sub, version } = claims
  if (typeof iss !== 'string' || typeof jti !== 'string' || jti === '' || jti.length > MAX_VALUE || sub === undefined)
    return refuse(RESULT.malformed, 'iss, jti and sub are needed')
  if (version !== VERSION) return refuse(RESULT.malformed, `version must be ${VERSION}`)
  const keys = keysOf(iss)
  if (keys === undefined) return refuse(RESULT.signature, 'the issuer is not known here')
  try {
    await compactVerify(token, keys, { algorithms: ALGORITHMS })
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error
    return refuse(RESULT.signature, 'the signature is not of a key of the issuer')
  }
  if (typeof iat !== 'number') return refuse(RESULT.timestamp, 'iat is needed')
  const age = now() - iat * 1_000
  if (age < -MAX_SKEW_MS || age > maxAgeMs) return refuse(RESULT.timestamp, 'iat is too old, or in the future')
  if (exp !== undefined && exp * 1_000 + MAX_SKEW_MS < now()) return refuse(RESULT.timestamp, 'exp has passed')
  if (aud !== undefined && ![aud].flat().includes(domain)) return refuse(RESULT.token, 'aud names somebody else')
  return { ok: true, issuer: iss, id: jti, claims }
}

/** An object as in the framework's examples, or the same as JSON text, as in its tables. */
function subjectOf(
  sub: unknown,
): { readonly value: string; readonly type: string; readonly format: string } | undefined {
  const given = typeof sub === 'string' ? tryJson(sub) : sub
  if (typeof given !== 'object' || given === null) return undefined
  const { identifierValue: value, identifierType: type, identifierFormat: format } = given as Record<string, unknown>
  if (typeof value !== 'string' || typeof type !== 'string' || typeof format !== 'string') return undefined
  return { value, type, format }
}

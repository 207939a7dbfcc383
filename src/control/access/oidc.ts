/** Verifies OpenID Connect tokens and derives the actor and roles. */
import { createHash } from 'node:crypto'
import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import type { OidcIssuer } from '../../contracts/config.ts'
import type { StaffRole } from '../../model/actor.ts'
import type { EpochMs } from '../../model/brand.ts'
import { GatewayError } from '../../model/errors.ts'
import { Recent } from '../../model/recent.ts'
import { type Claims, rolesOf } from './roles.ts'

/** A verified token is cached for at most this long, so that changed roles and revoked keys take effect. */
const MAX_CACHED_MS = 60_000
const MAX_TOKENS = 10_000
/** In characters; enough for tokens with hundreds of groups. */
const MAX_TOKEN = 16_384

/** The verified content of a token. */
export interface Proven {
  readonly issuer: string
  readonly subject: string
  readonly roles: readonly StaffRole[]
  /** Display name, if the configuration names a claim for it. */
  readonly name: string | undefined
}

export interface TokenVerifier {
  /** A cached result; undefined unless the token was verified within the last minute and has not expired. */
  known(token: string): Proven | undefined
  /** Rejects with `ERR_TOKEN_INVALID`, with a one-word reason, or `ERR_ISSUER_UNAVAILABLE`. */
  verify(token: string): Promise<Proven>
}

export function createTokenVerifier(oidc: OidcIssuer, keys: JWTVerifyGetKey, now: () => EpochMs): TokenVerifier {
  const verified = new Recent<string, { readonly proven: Proven; readonly until: EpochMs }>({ max: MAX_TOKENS })
  const known = (token: string): Proven | undefined => {
    const found = verified.get(hashOf(token))
    return found !== undefined && now() < found.until ? found.proven : undefined
  }
  const verify = async (token: string): Promise<Proven> => {
    if (token.length > MAX_TOKEN) throw new GatewayError('ERR_TOKEN_INVALID', { reason: 'too long' })
    const payload = await verifiedPayload(token, oidc, keys, now)
    const { exp = 0, sub = '' } = payload
    if (sub === '') throw new GatewayError('ERR_TOKEN_INVALID', { claim: 'sub' })
    const proven = { issuer: oidc.issuer, subject: sub, roles: rolesOf(payload, oidc), name: nameOf(payload, oidc) }
    verified.set(hashOf(token), { proven, until: Math.min(now() + MAX_CACHED_MS, exp * 1_000) })
    return proven
  }
  return { known, verify }
}

async function verifiedPayload(
  token: string,
  { issuer, audience, algorithms, clockSkewSeconds }: OidcIssuer,
  keys: JWTVerifyGetKey,
  now: () => EpochMs,
): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience,
      algorithms: [...algorithms],
      clockTolerance: clockSkewSeconds,
      requiredClaims: ['exp', 'sub'],
      currentDate: new Date(now()),
    })
    return payload
  } catch (error) {
    if (error instanceof GatewayError) throw error
    // Only jose's code is passed on: its messages may quote the token.
    const reason = error instanceof errors.JOSEError ? error.code : 'unreadable'
    const claim = error instanceof errors.JWTClaimValidationFailed ? { claim: error.claim } : {}
    throw new GatewayError('ERR_TOKEN_INVALID', { reason, ...claim }, error)
  }
}

function nameOf(payload: Claims, { nameClaim }: OidcIssuer): string | undefined {
  const name = nameClaim === undefined ? undefined : payload[nameClaim]
  return typeof name === 'string' ? name.slice(0, 200) : undefined
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64')
}

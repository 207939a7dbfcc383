/** Verifies a user's token: a JWT of the app's identity provider, checked against its key set. */
import { createHash } from 'node:crypto'
import { errors, type JWTVerifyGetKey, jwtVerify } from 'jose'
import type { EpochMs } from '../model/brand.ts'
import type { AppPlan } from '../model/contract.ts'
import { GatewayError } from '../model/errors.ts'
import { isUnreadable } from '../model/json-text.ts'
import { Recent } from '../model/recent.ts'
import { createKeySet } from '../subjects/key-set.ts'

const ALGORITHMS = ['ES256', 'ES384', 'RS256', 'PS256', 'EdDSA']
const CLOCK_SKEW_SECONDS = 30
/** A verified token is trusted for at most this long, so that a key rotation takes effect. */
const MAX_CACHED_MS = 60_000
const MAX_TOKENS = 10_000

/** What a token proves. */
export interface ProvenUser {
  readonly user: string
  /** Since when this user has the id, if the app reassigns ids. */
  readonly since?: EpochMs
}

/**
 * Resolves to the user that a token proves; rejects with `ERR_TOKEN_INVALID`, or `ERR_ISSUER_UNAVAILABLE` if it cannot
 * be checked now.
 */
export type VerifyUser = (app: AppPlan, token: string) => Promise<ProvenUser>

export function createUserVerifier(now: () => EpochMs): VerifyUser {
  const keySets = new Map<string, JWTVerifyGetKey>()
  const verified = new Recent<string, { readonly proven: ProvenUser; readonly until: EpochMs }>({ max: MAX_TOKENS })
  const keySetAt = (location: string): JWTVerifyGetKey => {
    const known = keySets.get(location)
    if (known !== undefined) return known
    const keySet = createKeySet(location, now)
    keySets.set(location, keySet)
    return keySet
  }
  return async (app, token) => {
    const { users } = app
    if (users === undefined)
      throw new GatewayError('ERR_TOKEN_INVALID', { app: app.id, hint: 'this app has no users section' })
    const hash = createHash('sha256').update(`${app.id}\0${token}`).digest('base64')
    const cached = verified.get(hash)
    if (cached !== undefined && now() < cached.until) return cached.proven
    try {
      const { payload } = await jwtVerify(token, keySetAt(users.jwks), {
        issuer: users.issuer,
        audience: users.audience,
        algorithms: ALGORITHMS,
        clockTolerance: CLOCK_SKEW_SECONDS,
        requiredClaims: ['exp'],
        currentDate: new Date(now()),
      })
      const user = payload[users.claim]
      if (typeof user !== 'string' || user === '' || isUnreadable(user))
        throw new GatewayError('ERR_TOKEN_INVALID', { claim: users.claim })
      const proven = users.sinceClaim === undefined ? { user } : { user, since: timeIn(payload, users.sinceClaim) }
      verified.set(hash, { proven, until: Math.min(now() + MAX_CACHED_MS, (payload.exp ?? 0) * 1_000) })
      return proven
    } catch (error) {
      if (error instanceof GatewayError) throw error
      throw new GatewayError(
        'ERR_TOKEN_INVALID',
        error instanceof errors.JOSEError ? { reason: error.code } : {},
        error,
      )
    }
  }
}

/**
 * A NumericDate (RFC 7519, 2) or an ISO 8601 time. Without it older records may be another user's, so the token is
 * refused.
 */
function timeIn(payload: Readonly<Record<string, unknown>>, claim: string): EpochMs {
  const value = payload[claim]
  const time = typeof value === 'number' ? value * 1_000 : typeof value === 'string' ? Date.parse(value) : Number.NaN
  if (!(time >= 0)) throw new GatewayError('ERR_TOKEN_INVALID', { claim })
  return time
}

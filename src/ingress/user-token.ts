/** A person's own token: a JWT of the app's identity provider, checked against its key set. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createLocalJWKSet, createRemoteJWKSet, errors, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { LRUCache } from 'lru-cache'
import type { EpochMs } from '../model/brand.ts'
import type { AppPlan } from '../model/contract.ts'
import { GatewayError } from '../model/errors.ts'

const ALGORITHMS = ['ES256', 'ES384', 'RS256', 'PS256', 'EdDSA']
const CLOCK_SKEW_SECONDS = 30
/** A verified token is believed for at most this long, so that a key rotation is seen. */
const MAX_CACHED_MS = 60_000
const MAX_TOKENS = 10_000

/** Resolves to the user id that a token proves; rejects with `ERR_TOKEN_INVALID`. */
export type VerifyUser = (app: AppPlan, token: string) => Promise<string>

export function createUserVerifier(now: () => EpochMs): VerifyUser {
  const keySets = new Map<string, JWTVerifyGetKey>()
  const verified = new LRUCache<string, { readonly user: string; readonly until: EpochMs }>({ max: MAX_TOKENS })
  const keySetAt = (location: string): JWTVerifyGetKey => {
    const known = keySets.get(location)
    if (known !== undefined) return known
    const keySet = /^https?:/.test(location)
      ? createRemoteJWKSet(new URL(location))
      : createLocalJWKSet(JSON.parse(readFileSync(location, 'utf8')))
    keySets.set(location, keySet)
    return keySet
  }
  return async (app, token) => {
    const { users } = app
    if (users === undefined)
      throw new GatewayError('ERR_TOKEN_INVALID', { app: app.id, hint: 'this app has no users section' })
    const hash = createHash('sha256').update(`${app.id}\0${token}`).digest('base64')
    const cached = verified.get(hash)
    if (cached !== undefined && now() < cached.until) return cached.user
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
      if (typeof user !== 'string' || user === '') throw new GatewayError('ERR_TOKEN_INVALID', { claim: users.claim })
      verified.set(hash, { user, until: Math.min(now() + MAX_CACHED_MS, (payload.exp ?? 0) * 1_000) })
      return user
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

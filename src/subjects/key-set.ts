/** An issuer's public keys for verifying tokens, from a URL with caching or from a file that may be replaced. */

import { readFile, stat } from 'node:fs/promises'
import { createLocalJWKSet, createRemoteJWKSet, customFetch, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import type { EpochMs } from '../model/brand.ts'
import { GatewayError } from '../model/errors.ts'
import { parseJson } from '../model/json-text.ts'

/** Minimum time between fetches for unknown key ids. */
const COOL_DOWN_MS = 30_000
/** A revoked key is trusted for at most this long (NIST SP 800-57: revocation must be timely)… */
const MAX_AGE_MS = 60_000
/** …and for this long while the issuer does not answer. */
const MAX_AGE_UNANSWERED_MS = 600_000
const TIMEOUT_MS = 5_000
/** Pause after a failed fetch, and between two checks of the file. */
const REST_MS = 5_000

/**
 * `location`: a URL or a file path. The function throws `ERR_ISSUER_UNAVAILABLE` if no keys are available, and jose's
 * `JWKSNoMatchingKey` if none matches.
 */
export function createKeySet(location: string, now: () => EpochMs): JWTVerifyGetKey {
  return location.includes('://') ? remoteKeys(new URL(location), now) : fileKeys(location, now)
}

function remoteKeys(url: URL, now: () => EpochMs): JWTVerifyGetKey {
  let failedAt = Number.NEGATIVE_INFINITY
  let last: { readonly text: string; readonly at: EpochMs } | undefined
  const fetchKeys = async (...[input, init]: Parameters<typeof fetch>): Promise<Response> => {
    try {
      // jose pauses only after successful fetches: without this, every token would cause one while the issuer is down.
      if (now() - failedAt < REST_MS) throw new GatewayError('ERR_ISSUER_UNAVAILABLE')
      const response = await fetch(input, init)
      if (response.status !== 200) throw new GatewayError('ERR_ISSUER_UNAVAILABLE')
      last = { text: await response.text(), at: now() }
      return new Response(last.text)
    } catch (error) {
      if (now() - failedAt >= REST_MS) failedAt = now()
      if (last === undefined || now() - last.at > MAX_AGE_UNANSWERED_MS) throw error
      return new Response(last.text)
    }
  }
  const keys = createRemoteJWKSet(url, {
    cooldownDuration: COOL_DOWN_MS,
    cacheMaxAge: MAX_AGE_MS,
    timeoutDuration: TIMEOUT_MS,
    [customFetch]: fetchKeys,
  })
  return (header, token) => unavailableUnlessNoMatch(() => keys(header, token))
}

function fileKeys(path: string, now: () => EpochMs): JWTVerifyGetKey {
  let keys: JWTVerifyGetKey | undefined
  let changedAt = -1
  let lookedAt = Number.NEGATIVE_INFINITY
  let looking: Promise<void> | undefined
  const look = async (): Promise<void> => {
    lookedAt = now()
    const { mtimeMs } = await stat(path)
    if (mtimeMs === changedAt) return
    keys = createLocalJWKSet(parseJson(await readFile(path, 'utf8')) as unknown as JSONWebKeySet)
    changedAt = mtimeMs
  }
  const refresh = async (): Promise<void> => {
    if (looking === undefined && now() - lookedAt < REST_MS) return
    // Concurrent tokens share one check.
    looking ??= look().finally(() => {
      looking = undefined
    })
    await looking
  }
  return (header, token) =>
    unavailableUnlessNoMatch(async () => {
      // While the file is being replaced or damaged, the earlier keys stay valid.
      await refresh().catch((error: unknown) => {
        if (keys === undefined) throw error
      })
      if (keys === undefined) throw new GatewayError('ERR_ISSUER_UNAVAILABLE')
      return keys(header, token)
    })
}

async function unavailableUnlessNoMatch<T>(find: () => T | Promise<T>): Promise<T> {
  try {
    return await find()
  } catch (error) {
    const { code } = (error ?? {}) as { readonly code?: unknown }
    const ofTheToken = ['ERR_JWKS_NO_MATCHING_KEY', 'ERR_JWKS_MULTIPLE_MATCHING_KEYS', 'ERR_JOSE_NOT_SUPPORTED']
    if (error instanceof GatewayError || ofTheToken.includes(String(code))) throw error
    throw new GatewayError('ERR_ISSUER_UNAVAILABLE', {}, error)
  }
}

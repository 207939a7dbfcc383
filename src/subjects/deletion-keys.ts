/** Keys for deletion requests: our signing key, and the keys of known requesters, from files. */

import { createECDH, createPrivateKey, hash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import type { Json } from '../model/brand.ts'
import { parseJson } from '../model/json-text.ts'
import type { DeletionSigning } from './deletion-requests.ts'

const CURVE = 'prime256v1'
const COORDINATE = 32
const KID_CHARACTERS = 16

/** @param secret 32 bytes. Throws if they are not a valid key of the curve, which is negligible for random bytes. */
export function deletionSigning(secret: Uint8Array): DeletionSigning {
  const ecdh = createECDH(CURVE)
  ecdh.setPrivateKey(secret)
  const point = ecdh.getPublicKey()
  const half = (from: number): string => point.subarray(from, from + COORDINATE).toString('base64url')
  const jwk = { kty: 'EC', crv: 'P-256', x: half(1), y: half(1 + COORDINATE) }
  // RFC 7638: the thumbprint of the members in this order.
  const thumbprint = hash('sha256', JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y }), 'base64url')
  return {
    key: createPrivateKey({ key: { ...jwk, d: Buffer.from(secret).toString('base64url') }, format: 'jwk' }),
    publicJwk: { ...jwk, kid: thumbprint.slice(0, KID_CHARACTERS), use: 'sig', alg: 'ES256' },
  }
}

/**
 * Reads a requester's file on demand, and again after it has changed. An unreadable file makes the requester unknown, so that
 * its requests are refused, and is reported to `failed`.
 */
export function createRequesterKeys(
  requesters: readonly { readonly domain: string; readonly keys: string }[],
  failed: (domain: string, error: unknown) => void,
): (domain: string) => JWTVerifyGetKey | undefined {
  const known = new Map<string, { readonly changedAt: number; readonly keys: JWTVerifyGetKey }>()
  return (domain) => {
    const requester = requesters.find((one) => one.domain === domain)
    if (requester === undefined) return undefined
    try {
      const changedAt = statSync(requester.keys).mtimeMs
      const before = known.get(domain)
      if (before?.changedAt === changedAt) return before.keys
      const keys = createLocalJWKSet(keySetIn(parseJson(readFileSync(requester.keys, 'utf8'))))
      known.set(domain, { changedAt, keys })
      return keys
    } catch (error) {
      failed(domain, error)
      return undefined
    }
  }
}

/** A JWK set, or the `publicKey` list of a `dsrdelete.json`. */
function keySetIn(file: Json): JSONWebKeySet {
  const { keys, publicKey } = (file ?? {}) as { readonly keys?: unknown; readonly publicKey?: unknown }
  // jose validates it and throws if it is not a key set.
  return { keys: keys ?? publicKey } as JSONWebKeySet
}

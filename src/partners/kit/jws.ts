/** Verifies a partner's compact JWS (RFC 7515). The key's type pins the algorithm; the token's header only has to agree. */
import { createPublicKey, type JsonWebKey, type KeyObject, verify } from 'node:crypto'
import type { Json } from '../../model/brand.ts'

/** A public key as a contract holds it. */
export type PublicJwk = { readonly [member: string]: Json }

/** Header, claims and signature of any acknowledgement, including the token it repeats. */
const MAX_CHARACTERS = 49_152

/** The claims, if one of the keys signed the token; otherwise undefined. */
export function claimsSignedBy(
  token: string,
  keys: readonly PublicJwk[],
): Readonly<Record<string, unknown>> | undefined {
  const [head = '', payload = '', signature = '', ...more] = token.length > MAX_CHARACTERS ? [] : token.split('.')
  if (more.length > 0 || ![head, payload, signature].every((part) => BASE64URL.test(part))) return undefined
  const header = objectIn(head)
  // RFC 7515 §4.1.11: a token with an unsupported extension must be rejected.
  if (header === undefined || 'crit' in header) return undefined
  const input = Buffer.from(`${head}.${payload}`)
  const bytes = Buffer.from(signature, 'base64url')
  const isSigned = keys.some((jwk) => isSignedBy(publicKeyOf(jwk), header.alg, input, bytes))
  return isSigned ? objectIn(payload) : undefined
}
const BASE64URL = /^[A-Za-z0-9_-]+$/

/** Why a contract's key is unusable; undefined if it is valid. */
export function jwkProblem(jwk: PublicJwk): string | undefined {
  if ('d' in jwk || 'k' in jwk) return 'a private or shared key: only the public half belongs here'
  const key = publicKeyOf(jwk)
  if (key === undefined) return 'not a public key as a JWK (RFC 7517)'
  return algorithmsOf(key).length === 0 ? 'neither RSA of 2048 bits and more, nor P-256, P-384 or Ed25519' : undefined
}

function isSignedBy(key: KeyObject | undefined, alg: unknown, input: Buffer, signature: Buffer): boolean {
  const algorithm = key === undefined ? undefined : algorithmsOf(key).find(({ name }) => name === alg)
  if (key === undefined || algorithm === undefined) return false
  const { digest, dsaEncoding } = algorithm
  return verify(digest, input, dsaEncoding === undefined ? key : { key, dsaEncoding }, signature)
}

interface Algorithm {
  readonly name: string
  /** Null if the signature scheme includes one. */
  readonly digest: string | null
  readonly dsaEncoding?: 'ieee-p1363'
}

function algorithmsOf({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): readonly Algorithm[] {
  switch (type) {
    case 'rsa':
      return (details?.modulusLength ?? 0) >= 2_048 ? [{ name: 'RS256', digest: 'sha256' }] : []
    case 'ec':
      return CURVES[details?.namedCurve ?? ''] ?? []
    case 'ed25519':
      return [
        { name: 'EdDSA', digest: null },
        { name: 'Ed25519', digest: null },
      ]
    default:
      return []
  }
}
const CURVES: Readonly<Record<string, readonly Algorithm[]>> = {
  prime256v1: [{ name: 'ES256', digest: 'sha256', dsaEncoding: 'ieee-p1363' }],
  secp384r1: [{ name: 'ES384', digest: 'sha384', dsaEncoding: 'ieee-p1363' }],
}

function publicKeyOf(jwk: PublicJwk): KeyObject | undefined {
  try {
    // Sound: Node checks every member it needs and throws if one is invalid.
    return createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' })
  } catch {
    // `jwkProblem` reports it when a contract is validated.
    return undefined
  }
}

function objectIn(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined
  } catch {
    // Not JSON: no object.
    return undefined
  }
}

/** The claims of a token that another token vouches for: its own signature is not verified. */
export function claimsUnchecked(token: string): Readonly<Record<string, unknown>> | undefined {
  return token.length > MAX_CHARACTERS ? undefined : objectIn(token.split('.')[1] ?? '')
}

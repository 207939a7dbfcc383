/** An OpenID Connect issuer for tests: its key pair, its key set as a file, tokens good and bad. */
import { createHmac } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from 'jose'

export const ISSUER = 'https://id.example/'
export const AUDIENCE = 'sluice-ops'

export interface TokenParts {
  readonly subject?: string
  readonly roles?: unknown
  readonly audience?: string
  readonly issuer?: string
  /** Seconds from now; undefined: no `exp` at all. */
  readonly expiresIn?: number | undefined
  readonly notBefore?: number
  readonly kid?: string
  readonly claims?: object
}

export interface TestIssuer {
  readonly jwks: { readonly keys: readonly JWK[] }
  token(parts?: TokenParts): Promise<string>
  /** Signed by nobody: `alg: none`. */
  unsigned(parts?: TokenParts): string
  /** HS256 with the public key, which everyone has, as the secret. */
  confused(parts?: TokenParts): Promise<string>
  /** By a key of the same name that the key set does not hold. */
  forged(parts?: TokenParts): Promise<string>
  saveJwks(path: string): Promise<void>
}

export async function createIssuer(kid = 'k1'): Promise<TestIssuer> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  const other = await generateKeyPair('ES256')
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid, alg: 'ES256' }] }
  const payloadOf = (parts: TokenParts): Record<string, unknown> => {
    const now = Math.floor(Date.now() / 1_000)
    const { subject = 'ann', roles = [], audience = AUDIENCE, issuer = ISSUER, notBefore, claims = {} } = parts
    const expiresIn = 'expiresIn' in parts ? parts.expiresIn : 300
    return {
      sub: subject,
      iss: issuer,
      aud: audience,
      iat: now,
      roles,
      ...(expiresIn === undefined ? {} : { exp: now + expiresIn }),
      ...(notBefore === undefined ? {} : { nbf: now + notBefore }),
      ...claims,
    }
  }
  const sign = (parts: TokenParts, key: CryptoKey): Promise<string> =>
    new SignJWT(payloadOf(parts)).setProtectedHeader({ alg: 'ES256', kid: parts.kid ?? kid }).sign(key)
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return {
    jwks,
    token: (parts = {}) => sign(parts, privateKey),
    forged: (parts = {}) => sign(parts, other.privateKey),
    unsigned: (parts = {}) => `${part({ alg: 'none' })}.${part(payloadOf(parts))}.`,
    confused: async (parts = {}) => {
      const head = `${part({ alg: 'HS256', kid })}.${part(payloadOf(parts))}`
      const secret = await exportSPKI(publicKey)
      return `${head}.${createHmac('sha256', secret).update(head).digest('base64url')}`
    },
    saveJwks: (path) => writeFile(path, JSON.stringify(jwks)),
  }
}

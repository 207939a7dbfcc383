/** A whole gateway whose app has users with tokens of their own. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { type TestConfig, WRITE_KEY, webhookContract } from './config-folder.ts'
import { type House, startHouse } from './house.ts'
import type { TestPartner } from './partner.ts'

export const ISSUER = 'https://id.example/'

export interface Person {
  /** An authorization header that proves the user. */
  token(
    user: string,
    part?: { expiresIn?: string; audience?: string; issuer?: string },
  ): Promise<{ authorization: string }>
}

/** Partners `acme`, `bolt`, …, which get nothing about whoever restricts. */
export async function startWithUsers(
  t: TestContext,
  part: Partial<TestConfig> = {},
  partnerCount = 1,
  options: Parameters<typeof startHouse>[3] = {},
): Promise<{ house: House; partner: TestPartner; partners: readonly TestPartner[]; person: Person }> {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256' }
  const contractsOf = (partners: readonly TestPartner[]) =>
    partners.map((partner, i) =>
      webhookContract(['acme', 'bolt'][i]!, partner.origin, { when_restricted: { send: 'nothing' } }),
    )
  const { house, partners } = await startHouse(
    t,
    async (all, root) => {
      const jwks = join(root, 'jwks.json')
      await writeFile(jwks, JSON.stringify({ keys: [jwk] }))
      const users = { jwks, issuer: ISSUER, audience: 'sluice', claim: 'sub' }
      const app = { id: 'messenger-ios', name: 'Messenger', platform: 'ios', write_keys: [WRITE_KEY], users }
      return { ...part, contracts: contractsOf(all), apps: [app] }
    },
    partnerCount,
    options,
  )
  const token: Person['token'] = async (user, { expiresIn = '5m', audience = 'sluice', issuer = ISSUER } = {}) => {
    const jwt = await new SignJWT({})
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
      .setSubject(user)
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime(expiresIn)
      .sign(privateKey)
    return { authorization: `Bearer ${jwt}` }
  }
  return { house, partner: partners[0]!, partners, person: { token } }
}

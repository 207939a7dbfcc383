import { deepEqual, equal, rejects } from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Request } from 'express'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { AppPlan } from '../model/contract.ts'
import type { UserIds } from '../model/user-ids.ts'
import type { IngressDeps } from './deps.ts'
import { createUserReader, requireOne, type User } from './user.ts'
import { createUserVerifier } from './user-token.ts'

describe('who asks about themselves', () => {
  let folder: string
  let jwks: string
  let sign: (issuer: string, claims: object) => Promise<string>
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-test-'))
    jwks = join(folder, 'jwks.json')
    const { privateKey, publicKey } = await generateKeyPair('ES256')
    await writeFile(jwks, JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' }] }))
    sign = (issuer, claims) =>
      new SignJWT({ ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: 'k' })
        .setIssuer(issuer)
        .setAudience('sluice')
        .setExpirationTime('5m')
        .sign(privateKey)
  })
  after(() => rm(folder, { recursive: true, force: true }))

  const appOf = (id: string, issuer: string, userIds?: UserIds, sinceClaim?: string): AppPlan =>
    // Sound: what the reader looks at is there.
    ({
      id,
      users: { jwks, issuer, audience: 'sluice', claim: 'sub', ...(sinceClaim && { sinceClaim }) },
      ...(userIds && { userIds }),
    }) as unknown as AppPlan
  const read = async (apps: readonly AppPlan[], issuer: string, claims: object): Promise<User | undefined> => {
    const deps = {
      revisions: { current: () => ({ apps }) },
      verifyUser: createUserVerifier(Date.now),
    } as unknown as IngressDeps
    const authorization = `Bearer ${await sign(issuer, claims)}`
    return createUserReader(deps)({ headers: { authorization } } as Request)
  }

  test('the user of the namespace of the app that trusts the issuer', async () => {
    const apps = [appOf('a', 'https://a.example/'), appOf('b', 'https://b.example/', { namespace: 'b' })]
    const user = await read(apps, 'https://b.example/', { sub: '1001' })
    deepEqual(user?.identity, { kind: 'user', value: '1001', of: { namespace: 'b' } })
    equal(requireOne(user!).app.id, 'b')
    equal((await read(apps, 'https://a.example/', { sub: '1001' }))?.identity.of, undefined)
  })

  test('is nobody for certain where two issuers share a namespace', async () => {
    const apps = [appOf('a', 'https://a.example/'), appOf('b', 'https://b.example/')]
    for (const issuer of ['https://a.example/', 'https://b.example/']) {
      const user = await read(apps, issuer, { sub: '1001' })
      await rejects(async () => requireOne(user!), { code: 'ERR_NAMESPACE_SHARED' })
    }
  })

  test('a placeholder is no user, and neither is what the namespace’s format does not take', async () => {
    const plain = [appOf('a', 'https://a.example/')]
    const phones = [appOf('a', 'https://a.example/', { format: 'phone' })]
    for (const sub of ['null', 'anonymous', '{{sub}}'])
      await rejects(read(plain, 'https://a.example/', { sub }), { code: 'ERR_IDENTITY_INVALID' })
    await rejects(read(phones, 'https://a.example/', { sub: 'u-1' }), { code: 'ERR_IDENTITY_INVALID' })
    equal((await read(phones, 'https://a.example/', { sub: '+1 415 555 0132' }))?.identity.value, '+1 415 555 0132')
    equal(
      (await read([appOf('a', 'https://a.example/', { real: ['guest'] })], 'https://a.example/', { sub: 'Guest' }))?.app
        .id,
      'a',
    )
  })

  test('since when they have the id: seconds or ISO 8601, and no token without it', async () => {
    const apps = [appOf('a', 'https://a.example/', { format: 'phone' }, 'number_since')]
    const sub = '+14155550132'
    const since = Date.UTC(2026, 4, 1)
    equal((await read(apps, 'https://a.example/', { sub, number_since: since / 1_000 }))?.since, since)
    equal((await read(apps, 'https://a.example/', { sub, number_since: '2026-05-01T00:00:00Z' }))?.since, since)
    for (const bad of [undefined, 'once', -1, null])
      await rejects(read(apps, 'https://a.example/', { sub, number_since: bad }), { code: 'ERR_TOKEN_INVALID' })
  })
})

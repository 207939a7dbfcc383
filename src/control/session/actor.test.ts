import { deepEqual, equal, rejects } from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { CLIENT_ID, CLIENT_SECRET, startRealIssuer } from '../../../test/support/real-issuer.ts'
import type { OidcIssuer } from '../../contracts/config.ts'
import type { Actor } from '../../model/actor.ts'
import { createKeySet } from '../../subjects/key-set.ts'
import type { Access } from '../access/access.ts'
import { createTokenVerifier } from '../access/oidc.ts'
import { actorBehind } from './actor.ts'
import { createIssuerSignIn } from './issuer-sign-in.ts'
import { createSessions } from './sessions.ts'

const REDIRECT = 'http://127.0.0.1:1/session/callback'
const LATER_MS = 400_000

/** A session of ann's, at a clock that can be moved past the end of her ID token. */
async function signedIn(t: TestContext) {
  const issuer = await startRealIssuer(REDIRECT)
  t.after(() => issuer.stop())
  const clock = { ahead: 0 }
  const now = (): number => Date.now() + clock.ahead
  const oidc: OidcIssuer = {
    issuer: issuer.url,
    audience: CLIENT_ID,
    jwks: `${issuer.url}/keys`,
    algorithms: ['ES256'],
    clockSkewSeconds: 30,
    rolesClaim: ['roles'],
    roles: { viewer: ['staff'], editor: ['ops'], approver: [], privacy_officer: [], auditor: [], aggregate: [] },
  }
  const verifier = createTokenVerifier(oidc, createKeySet(oidc.jwks, now), now)
  const authenticateIssued = async (idToken: string): Promise<Actor> => {
    const { subject, roles } = verifier.known(idToken) ?? (await verifier.verify(idToken))
    return { id: subject, roles }
  }
  const issuerSignIn = createIssuerSignIn({
    issuer: issuer.url,
    signIn: { clientId: CLIENT_ID, redirectUri: REDIRECT, scopes: ['openid'] },
    clockSkewSeconds: 30,
    secret: () => CLIENT_SECRET,
    now,
  })
  const sessions = createSessions(now)
  // The rest of access is never asked for a session of this kind.
  const deps = { access: { authenticateIssued } as Access, issuerSignIn, sessions }
  const { url, ticket } = await issuerSignIn.begin()
  const back = await fetch(url, { redirect: 'manual' })
  const tokens = await issuerSignIn.finish(ticket, new URL(back.headers.get('location') ?? '').searchParams)
  const { session } = sessions.open({ kind: 'issued', ...tokens }, 'ann')
  const pass = (): void => {
    clock.ahead += LATER_MS
    // What the issuer gives from now on is good for longer than the clock has been moved.
    issuer.person.expiresIn = clock.ahead / 1_000 + 100
  }
  return { issuer, pass, ask: () => actorBehind(session, '', deps), exchanges: () => issuer.exchanged.length }
}

describe('a session that was opened at the issuer', () => {
  test('asks it again when the ID token has ended, once for all calls that come together; new roles count', async (t) => {
    const { issuer, pass, ask, exchanges } = await signedIn(t)
    deepEqual(await ask(), { id: 'ann', roles: ['viewer'] })
    equal(exchanges(), 1)
    pass()
    issuer.person.roles = ['ops']
    const actors = await Promise.all([ask(), ask(), ask()])
    deepEqual(actors, Array(3).fill({ id: 'ann', roles: ['editor'] }))
    equal(exchanges(), 2)
    pass()
    deepEqual((await ask()).roles, ['editor'], 'the new refresh token is the one that counts')
    equal(exchanges(), 3)
  })

  test('is over when the issuer says no, and does not ask again', async (t) => {
    const { issuer, pass, ask, exchanges } = await signedIn(t)
    pass()
    issuer.revoke()
    await rejects(ask(), { code: 'ERR_TOKEN_INVALID' })
    await rejects(ask(), { code: 'ERR_TOKEN_INVALID' })
    equal(exchanges(), 2)
  })

  test('is over when the issuer names somebody else, or gives no ID token', async (t) => {
    const { issuer, pass, ask } = await signedIn(t)
    pass()
    issuer.person.subject = 'eve'
    await rejects(ask(), { code: 'ERR_TOKEN_INVALID' })
    const other = await signedIn(t)
    other.pass()
    Object.assign(other.issuer.bend, { tokens: { id_token: undefined } })
    await rejects(other.ask(), { code: 'ERR_TOKEN_INVALID' })
  })

  test('waits for an issuer that is down', async (t) => {
    const { issuer, pass, ask } = await signedIn(t)
    pass()
    Object.assign(issuer.bend, { tokenStatus: 503 })
    await rejects(ask(), { code: 'ERR_ISSUER_UNAVAILABLE' })
    delete issuer.bend.tokenStatus
    equal((await ask()).id, 'ann')
  })
})

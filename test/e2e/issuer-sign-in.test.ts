/** Signing in with a browser at the issuer: the honest way, and what a hostile page, browser, issuer or network sends. */
import { deepEqual, equal, match, notEqual, ok, rejects } from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import { request } from 'undici'
import { createIssuerSignIn, type IssuerSignIn } from '../../src/control/session/issuer-sign-in.ts'
import { type Gateway, startGateway } from '../../src/gateway/gateway.ts'
import { createConfigFolder, type TestFolder } from '../support/config-folder.ts'
import { recordsIn } from '../support/ledger-records.ts'
import { CLIENT_ID, CLIENT_SECRET, type RealIssuer, startRealIssuer } from '../support/real-issuer.ts'

const REDIRECT = 'https://ops.example/session/callback'
const SESSION = '__Host-sluice-console'
const TICKET = '__Host-sluice-sign-in'

let issuer: RealIssuer
let folder: TestFolder
let gateway: Gateway

before(async () => {
  issuer = await startRealIssuer(REDIRECT)
  folder = await createConfigFolder({ contracts: [] })
  await writeFile(join(folder.root, 'client.secret'), CLIENT_SECRET)
  const oidc = {
    issuer: issuer.url,
    audience: 'sluice-ops',
    jwks: `${issuer.url}/keys`,
    name_claim: 'name',
    roles: { viewer: ['staff'], editor: ['ops'] },
    sign_in: {
      client_id: CLIENT_ID,
      client_secret: { file: join(folder.root, 'client.secret') },
      redirect_uri: REDIRECT,
    },
  }
  const limits = { actor_per_minute: 100_000, address_per_minute: 100_000 }
  const control = { host: '127.0.0.1', port: 0, hosts: ['ops.example'], limits, access: { oidc } }
  await folder.write({ contracts: [], gateway: { control } })
  gateway = await startGateway({ configFolder: folder.config })
})
after(async () => {
  await gateway.stop()
  await issuer.stop()
  await folder.remove()
})
beforeEach(() => {
  for (const name of Object.keys(issuer.bend)) delete issuer.bend[name as keyof RealIssuer['bend']]
  issuer.person = { subject: 'ann', name: 'Ann', roles: ['staff'], expiresIn: 300 }
})

interface Answer {
  readonly status: number
  readonly location: string
  /** By name, with all attributes. */
  readonly cookies: ReadonlyMap<string, string>
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
  readonly body: any
}

/** A browser of its own: keeps cookies, and follows nothing by itself. */
function browser() {
  const jar = new Map<string, string>()
  const get = async (url: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> => {
    const answer = await request(url.replace('https://ops.example', gateway.controlUrl), {
      method: method as 'GET',
      headers: {
        host: 'ops.example',
        'sec-fetch-site': 'same-origin',
        'sec-fetch-mode': 'navigate',
        cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '),
        ...headers,
      },
    })
    const set = [answer.headers['set-cookie'] ?? []].flat()
    const cookies = new Map(set.map((line) => [line.slice(0, line.indexOf('=')), line] as const))
    for (const [name, line] of cookies) {
      const value = line.slice(name.length + 1, line.indexOf(';'))
      if (/Max-Age=0/.test(line)) jar.delete(name)
      else jar.set(name, value)
    }
    const text = await answer.body.text()
    const body = String(answer.headers['content-type']).includes('json') ? JSON.parse(text) : text
    return {
      status: answer.statusCode,
      location: String(answer.headers.location ?? ''),
      cookies,
      headers: answer.headers,
      body,
    }
  }
  const toIssuer = () => get('https://ops.example/session/sign-in')
  /** To the issuer and to its answer, without handing that in. */
  const away = async (): Promise<string> => {
    const { location } = await toIssuer()
    const answered = await request(location)
    await answered.body.dump()
    return String(answered.headers.location)
  }
  const back = (url: string, headers: Record<string, string> = {}) =>
    get(url, { 'sec-fetch-site': 'cross-site', ...headers })
  return { jar, get, toIssuer, away, back, signIn: async () => back(await away()) }
}

const fails = (answer: Answer, why: string): void => {
  deepEqual([answer.status, answer.location], [303, `/#sign-in-failed=${why}`])
  equal(answer.cookies.has(SESSION), false, 'no session was opened')
}
const session = (one: ReturnType<typeof browser>) =>
  one.get('https://ops.example/session', { 'sec-fetch-mode': 'cors' })

describe('signing in at the issuer', () => {
  test('by code and PKCE: S256, state and nonce of their own each time, the exact redirect; the code is gone at once', async () => {
    const one = browser()
    const { location, cookies } = await one.toIssuer()
    const asked = new URL(location).searchParams
    equal(asked.get('response_type'), 'code')
    equal(asked.get('code_challenge_method'), 'S256')
    match(asked.get('code_challenge') ?? '', /^[\w-]{43}$/)
    equal(asked.get('redirect_uri'), REDIRECT)
    equal(asked.get('scope'), 'openid profile')
    match(cookies.get(TICKET) ?? '', /Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=600$/)
    const again = new URL((await browser().toIssuer()).location).searchParams
    for (const name of ['state', 'nonce', 'code_challenge']) notEqual(asked.get(name), again.get(name), name)

    const answer = await one.signIn()
    deepEqual([answer.status, answer.location], [303, '/'])
    match(answer.cookies.get(SESSION) ?? '', /Path=\/; Secure; HttpOnly; SameSite=Strict$/)
    match(answer.cookies.get(TICKET) ?? '', /Max-Age=0/)
    equal(answer.headers['referrer-policy'], 'no-referrer')
    equal(answer.headers['cache-control'], 'no-store')
    const { body } = await session(one)
    deepEqual([body.name, body.roles], ['Ann', ['viewer']])
    const me = await one.get('https://ops.example/api/v1/me', { 'sec-fetch-mode': 'cors' })
    equal(me.status, 200)
    ok(!JSON.stringify([body, me.body]).includes('eyJ'), 'no token reaches the browser')
    const form = issuer.exchanged.at(-1)
    equal(form?.get('redirect_uri'), REDIRECT)
    match(form?.get('code_verifier') ?? '', /^[\w-]{43,128}$/)
  })

  test('is on record by the same reference as the person’s own token, and what the session may do is its roles', async () => {
    issuer.person = { ...issuer.person, subject: 'eve', name: 'Eve', roles: ['ops'] }
    const one = browser()
    await one.signIn()
    const { body } = await session(one)
    deepEqual(body.roles, ['editor'])
    const records = await recordsIn(folder.data)
    ok(
      records.some(
        (record) => record.kind === 'control' && record.facts?.call === 'signIn' && record.facts.actor === body.id,
      ),
    )
    const wide = await one.get('https://ops.example/api/v1/actors', { 'sec-fetch-mode': 'cors' })
    deepEqual([wide.status, wide.body.code], [403, 'ERR_ROLE'])
  })

  const signOut = async (one: ReturnType<typeof browser>) => {
    const { body } = await session(one)
    const headers = { 'sluice-csrf': body.csrf, 'sec-fetch-mode': 'cors' }
    return one.get('https://ops.example/session', headers, 'DELETE')
  }

  test('signing out ends the session for whoever kept the cookie', async () => {
    const one = browser()
    await one.signIn()
    const kept = new Map(one.jar)
    equal((await signOut(one)).status, 200)
    const other = browser()
    for (const [name, value] of kept) other.jar.set(name, value)
    equal((await session(other)).status, 401)
  })

  test('signing out leads on to where the issuer ends its own session, by the ID token of this one', async () => {
    const one = browser()
    await one.signIn()
    const { body, headers } = await signOut(one)
    equal(headers['cache-control'], 'no-store')
    const url = new URL(body.issuer)
    deepEqual(
      [url.origin + url.pathname, Object.fromEntries(url.searchParams)],
      [`${issuer.url}/end`, { id_token_hint: issuer.issued.at(-1), client_id: CLIENT_ID }],
    )
  })

  test('signing out ends here where the issuer has no such place, one that is none, or does not answer', async () => {
    for (const end_session_endpoint of [undefined, 'javascript:alert(1)', 'no address'])
      await withIssuer({ end_session_endpoint }, async (signIn) => equal(await signIn.exit('an.id.token'), undefined))
    await withIssuer({}, async (signIn, { stop }) => {
      await stop()
      equal(await signIn.exit('an.id.token'), undefined)
    })
  })
})

/** Another issuer, of this metadata, and signing in there. */
async function withIssuer(
  metadata: object,
  work: (signIn: IssuerSignIn, issuer: RealIssuer) => Promise<void>,
): Promise<void> {
  const other = await startRealIssuer(REDIRECT)
  Object.assign(other.bend, { metadata })
  const signIn = createIssuerSignIn({
    issuer: other.url,
    signIn: { clientId: CLIENT_ID, redirectUri: REDIRECT, scopes: ['openid'] },
    clockSkewSeconds: 30,
    secret: undefined,
    now: Date.now,
  })
  await work(signIn, other)
  await other.stop()
}

describe('signing in at the issuer: what is refused', () => {
  const answers: readonly [what: string, answer: Record<string, string | undefined>, why: string][] = [
    ['another state (RFC 6749 §10.12)', { state: 'guessed' }, 'invalid'],
    ['no state', { state: undefined }, 'invalid'],
    ['no code', { code: undefined }, 'invalid'],
    ['another issuer’s name: a mix-up (RFC 9207)', { iss: 'https://evil.example' }, 'invalid'],
    ['no issuer’s name, where the metadata promises one', { iss: undefined }, 'invalid'],
    [
      'the issuer’s no',
      { code: undefined, error: 'access_denied', error_description: '<script>alert(1)</script>' },
      'declined',
    ],
    ['a code and an error', { error: 'access_denied' }, 'declined'],
    ['a code that the issuer does not know (injected)', { code: 'stolen-from-elsewhere' }, 'invalid'],
    ['tokens in the address (implicit)', { id_token: 'eyJhbGciOiJub25lIn0.e30.' }, 'invalid'],
  ]
  for (const [what, answer, why] of answers)
    test(`an answer with ${what}`, async () => {
      Object.assign(issuer.bend, { answer })
      fails(await browser().signIn(), why)
    })

  const claims: readonly [what: string, claims: Record<string, unknown>][] = [
    ['another nonce: a replay', { nonce: 'of-another-day' }],
    ['no nonce', { nonce: undefined }],
    ['the audience of another client', { aud: 'another-client' }],
    ['the audience of tokens for the ops API', { aud: 'sluice-ops' }],
    ['another issuer', { iss: 'https://evil.example' }],
    ['a lifetime that is over', { exp: Math.floor(Date.now() / 1_000) - 31 }],
    ['no end', { exp: undefined }],
    ['a beginning that is to come', { nbf: Math.floor(Date.now() / 1_000) + 86_400 }],
    ['no subject', { sub: undefined }],
    ['two audiences and no authorized party', { aud: [CLIENT_ID, 'another-client'] }],
    ['another authorized party', { aud: [CLIENT_ID, 'another-client'], azp: 'another-client' }],
  ]
  for (const [what, bent] of claims)
    test(`an ID token with ${what}`, async () => {
      Object.assign(issuer.bend, { claims: bent })
      fails(await browser().signIn(), 'invalid')
    })

  for (const signing of ['none', 'another key'] as const)
    test(`an ID token signed by ${signing}`, async () => {
      Object.assign(issuer.bend, { signing, metadata: { id_token_signing_alg_values_supported: ['ES256', 'none'] } })
      fails(await browser().signIn(), 'invalid')
    })

  test('an answer without an ID token, and one that is no token', async () => {
    Object.assign(issuer.bend, { tokens: { id_token: undefined } })
    fails(await browser().signIn(), 'invalid')
    Object.assign(issuer.bend, { tokens: { id_token: 'not.a.token' } })
    fails(await browser().signIn(), 'invalid')
  })

  test('the same answer a second time, with and without the cookie', async () => {
    const one = browser()
    const url = await one.away()
    const ticket = one.jar.get(TICKET) ?? ''
    equal((await one.back(url)).location, '/')
    fails(await one.back(url), 'stale')
    one.jar.set(TICKET, ticket)
    fails(await one.back(url), 'stale')
  })

  test('an answer that another browser was given: nobody is signed in as its sender (RFC 9700 §4.7)', async () => {
    const attacker = browser()
    const url = await attacker.away()
    const victim = browser()
    fails(await victim.back(url), 'stale')
    const other = browser()
    await other.toIssuer()
    fails(await other.back(url), 'invalid')
  })

  test('a parameter that comes twice', async () => {
    const one = browser()
    fails(await one.back(`${await one.away()}&code=second`), 'invalid')
  })

  test('a page of another site that sends somebody to the issuer', async () => {
    const answer = await browser().get('https://ops.example/session/sign-in', { 'sec-fetch-site': 'cross-site' })
    deepEqual([answer.status, answer.location, answer.cookies.size], [303, '/', 0])
  })

  test('somebody who has no role here', async () => {
    issuer.person = { ...issuer.person, subject: 'zoe', roles: ['sales'] }
    fails(await browser().signIn(), 'no_role')
  })

  test('an ID token as a bearer token of the ops API', async () => {
    const one = browser()
    await one.signIn()
    const idToken = issuer.issued.at(-1) ?? ''
    match(idToken, /^eyJ/)
    const answer = await one.get('https://ops.example/api/v1/me', { cookie: '', authorization: `Bearer ${idToken}` })
    deepEqual([answer.status, answer.body.code], [401, 'ERR_TOKEN_INVALID'])
  })

  test('an issuer whose token endpoint fails', async () => {
    Object.assign(issuer.bend, { tokenStatus: 503 })
    fails(await browser().signIn(), 'unavailable')
  })

  test('an issuer whose metadata names another issuer, or a way in that is none', async () => {
    const at = (metadata: object) =>
      withIssuer(metadata, async (signIn, { stop }) => {
        await rejects(signIn.begin(), { why: 'unavailable' })
        await stop()
        await rejects(signIn.begin(), { why: 'unavailable' })
      })
    await at({ issuer: 'https://evil.example' })
    await at({ authorization_endpoint: 'javascript:alert(1)' })
    await at({ authorization_endpoint: undefined })
  })

  test('the callback takes nothing but a way back: no POST, no code without a ticket', async () => {
    const one = browser()
    fails(await one.get('https://ops.example/session/callback'), 'stale')
    const posted = await one.get('https://ops.example/session/callback', {}, 'POST')
    ok(posted.status === 404 || posted.status === 405, String(posted.status))
  })
})

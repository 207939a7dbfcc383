/** The control plane's doors: the bootstrap token, the audit trail, browsers, rates, metrics and TLS. */
import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { Agent, request } from 'undici'
import { type Gateway, startGateway } from '../../src/gateway/gateway.ts'
import { createConfigFolder, type TestFolder, webhookContract } from '../support/config-folder.ts'
import { AUDIENCE, createIssuer, ISSUER } from '../support/issuer.ts'
import { recordsIn } from '../support/ledger-records.ts'
import { shared } from '../support/shared.ts'
import { sluice } from '../support/sluice.ts'

interface Opened {
  readonly folder: TestFolder
  readonly token: string
  readonly url: string
  readonly gateway: Gateway
  call(
    path: string,
    part?: { method?: string; token?: string; headers?: Record<string, string>; body?: object },
  ): Promise<{
    readonly status: number
    readonly headers: Readonly<Record<string, string | string[] | undefined>>
    // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
    readonly body: any
  }>
}

/** All that served a folder: it goes when the last of them has stopped. */
const gateways = new Map<TestFolder, readonly Gateway[]>()
const CONTRACTS = [webhookContract('acme', 'http://127.0.0.1:9')]

async function open(t: TestContext, control: object = {}, folder?: TestFolder): Promise<Opened> {
  const used = folder ?? (await createConfigFolder({ contracts: CONTRACTS }))
  await used.write({ contracts: CONTRACTS, gateway: { control: { host: '127.0.0.1', port: 0, ...control } } })
  const gateway = await startGateway({ configFolder: used.config })
  const running = gateways.get(used) ?? []
  gateways.set(used, [...running, gateway])
  if (running.length === 0) {
    t.after(async () => {
      for (const one of gateways.get(used) ?? []) await one.stop()
      await used.remove()
    })
  }
  const file = join(used.data, 'keys', 'staff.token')
  const token = existsSync(file) ? readFileSync(file, 'utf8').trim() : ''
  return {
    folder: used,
    token,
    url: gateway.controlUrl,
    gateway,
    call: async (path, { method = 'GET', token: other = token, headers = {}, body } = {}) => {
      const answered = await request(`${gateway.controlUrl}${path}`, {
        method: method as 'GET',
        headers: {
          ...(other === '' ? {} : { authorization: `Bearer ${other}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await answered.body.text()
      return {
        status: answered.statusCode,
        headers: answered.headers,
        body: /^[[{]/.test(text) ? JSON.parse(text) : text,
      }
    },
  }
}

describe('a sign-in link', () => {
  test('takes nobody else’s session away unless that is said', async (t) => {
    const { token, call } = await open(t)
    const tokenOf = async (name: string) =>
      (await call('/api/v1/access/tokens', { method: 'POST', body: { name, roles: ['editor'] } })).body.token as string
    const [ann, ben] = [await tokenOf('ann'), await tokenOf('ben')]
    const codeOf = async (by: string) =>
      (await call('/api/v1/sign-in-codes', { method: 'POST', token: by })).body.code as string
    const signIn = (body: object, cookie = '') =>
      call('/session', { method: 'POST', token: '', headers: { cookie }, body })
    const cookieOf = ({ headers }: { headers: Readonly<Record<string, unknown>> }) =>
      String(headers['set-cookie']).split(';')[0] ?? ''
    const nameOf = async (cookie: string) => (await call('/session', { token: '', headers: { cookie } })).body.name

    const anns = cookieOf(await signIn({ code: await codeOf(ann) }))
    match(anns, /^__Host-sluice-console=/)
    const code = await codeOf(ben)
    const refused = await signIn({ code }, anns)
    deepEqual([refused.status, refused.body.code], [409, 'ERR_SESSION_OTHER'])
    equal(refused.headers['set-cookie'], undefined)
    equal(await nameOf(anns), 'ann')
    const bens = cookieOf(await signIn({ code, replace: true }, anns))
    deepEqual([await nameOf(anns), await nameOf(bens)], [undefined, 'ben'])
    equal((await signIn({ code, replace: true }, bens)).status, 401, 'a code is good once')

    equal((await signIn({ code: await codeOf(ben) }, bens)).status, 200, 'one’s own link asks nothing')
    const last = cookieOf(await signIn({ token: ben }))
    equal((await call('/api/v1/access/tokens/ben', { method: 'DELETE', token })).status < 300, true)
    equal((await signIn({ code: await codeOf(ann) }, last)).status, 200, 'a session whose token is void is none')
  })
})

describe('previews of the public pages', () => {
  test('are for signed-in browsers, run nothing, and are framed by the console alone', async (t) => {
    const { token, call } = await open(t)
    const refused = await call('/preview/partners', { token: '' })
    deepEqual([refused.status, refused.body.code], [401, 'ERR_TOKEN_MISSING'])
    const signedIn = await call('/session', { method: 'POST', token: '', body: { token } })
    const cookie = String(signedIn.headers['set-cookie']).split(';')[0] ?? ''
    for (const page of ['/partners', '/partners/changes', '/transparency', '/choices']) {
      const { status, headers, body } = await call(`/preview${page}`, { token: '', headers: { cookie } })
      equal(status, 200, page)
      match(String(body), /^<!doctype html>/i)
      const policy = String(headers['content-security-policy']).split('; ')
      deepEqual(
        policy.filter((one) => /^(?:default-src|frame-ancestors|sandbox)/u.test(one)),
        ["default-src 'none'", "frame-ancestors 'self'", 'sandbox'],
      )
    }
    equal((await call('/preview/me', { token: '', headers: { cookie } })).status, 404)
  })
})

describe('the bootstrap token', () => {
  test('is kept as a hash; the file of the first start may be removed, and the token still counts', async (t) => {
    const { folder, token, gateway } = await open(t)
    await unlink(join(folder.data, 'keys', 'staff.token'))
    await gateway.stop()
    const again = await open(t, {}, folder)
    equal(existsSync(join(folder.data, 'keys', 'staff.token')), false)
    equal((await again.call('/api/v1/me', { token })).status, 200)
    const files = readdirSync(folder.data, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    for (const { parentPath, name } of files) ok(!readFileSync(join(parentPath, name)).includes(token), name)
  })

  test('renews itself: the old one is void at once, and its file is gone', async (t) => {
    const { folder, token, call } = await open(t)
    const rotated = await call('/api/v1/access/bootstrap-token/rotate', { method: 'POST' })
    equal(rotated.status, 200)
    notEqual(rotated.body.token, token)
    equal((await call('/api/v1/me')).status, 401)
    equal((await call('/api/v1/me', { token: rotated.body.token })).status, 200)
    equal(existsSync(join(folder.data, 'keys', 'staff.token')), false)
  })

  test('is renewed and reset from the command line', async (t) => {
    const { folder, gateway, call, url } = await open(t)
    const file = join(folder.data, 'keys', 'staff.token')
    const { out: renewed } = await sluice(['token', 'rotate', '--control', url, '--token-file', file])
    equal((await call('/api/v1/me', { token: renewed })).status, 200)
    const refused = await sluice(['token', 'reset', folder.config])
    equal(refused.code, 1, 'reset while the gateway runs')
    match(refused.err, /another Sluice process/)
    await gateway.stop()
    const reset = await sluice(['token', 'reset', folder.config])
    equal(reset.code, 0, reset.err)
    const again = await open(t, {}, folder)
    equal((await again.call('/api/v1/me', { token: renewed })).status, 401)
    equal((await again.call('/api/v1/me')).status, 200)
  })

  test('can be switched off once an issuer is there; nobody but the token itself renews it', async (t) => {
    const issuer = await createIssuer()
    const first = await open(t)
    const jwks = join(first.folder.root, 'jwks.json')
    await issuer.saveJwks(jwks)
    const roles = { viewer: ['x'], editor: ['x'], approver: ['x'], privacy_officer: ['x'], auditor: ['x'] }
    const oidc = { issuer: ISSUER, audience: AUDIENCE, jwks, roles, name_claim: 'email' }
    await first.gateway.stop()
    const both = await open(t, { access: { oidc } }, first.folder)
    const person = await issuer.token({ roles: ['x'], claims: { email: 'ann@example.com' } })
    const refused = await both.call('/api/v1/access/bootstrap-token/rotate', { method: 'POST', token: person })
    deepEqual([refused.status, refused.body.code], [403, 'ERR_BOOTSTRAP_ONLY'])
    const { body: actors } = await both.call('/api/v1/actors')
    deepEqual(actors.items.map(({ subject, name }: { subject: string; name?: string }) => [subject, name]).toSorted(), [
      ['ann', 'ann@example.com'],
      ['bootstrap token', undefined],
    ])
    await both.gateway.stop()
    const off = await open(t, { access: { oidc, bootstrap_token: false } }, first.folder)
    equal((await off.call('/api/v1/me', { token: first.token })).status, 401)
    equal((await off.call('/api/v1/me', { token: person })).status, 200)
  })
})

describe('the audit trail', () => {
  test('holds what acts one by one before it takes effect, counts reads and strangers, and names nobody', async (t) => {
    const { folder, gateway, call } = await open(t)
    await call('/api/v1/partners/acme/stop', { method: 'PUT', body: { stopped: true } })
    await call('/api/v1/partners/acme/stop', { method: 'PUT', body: { stopped: 'yes' } })
    await call('/api/v1/partners/nobody/stop', { method: 'PUT', body: { stopped: true } })
    for (let read = 0; read < 7; read++) await call('/api/v1/accounting')
    await call('/api/v1/accounting', { token: 'guessed' })
    await call('/api/v1/accounting', { token: '' })
    await call('/api/v1/subjects/lookup', { method: 'POST', body: { identities: { user: 'a-name-to-look-for' } } })
    const { body: me } = await call('/api/v1/me')
    await gateway.stop()
    const records = recordsIn(folder.data).filter(({ kind }) => kind === 'control')
    const acted = records.filter(({ action = '' }) =>
      ['call', 'stopped', 'call_answered', 'call_refused'].includes(action),
    )
    deepEqual(
      acted.map(({ action, facts = {} }) => [
        action,
        facts.call ?? '',
        facts.partner ?? '',
        facts.status ?? facts.code ?? '',
      ]),
      [
        ['call', 'stopPartner', 'acme', ''],
        ['stopped', '', 'acme', ''],
        ['call_answered', 'stopPartner', 'acme', 200],
        ['call_refused', 'stopPartner', '', 'ERR_REQUEST_INVALID'],
        ['call', 'stopPartner', 'nobody', ''],
        ['call_answered', 'stopPartner', 'nobody', 404],
        ['call', 'lookUpSubject', '', ''],
      ],
    )
    for (const { action, facts } of acted) if (action !== 'stopped') equal(facts?.actor, me.id)
    const counted = records.flatMap(({ action, facts = {} }) =>
      action === 'calls' || action === 'calls_refused' ? [[action, facts.call, facts.code ?? '', facts.count]] : [],
    )
    deepEqual(counted.toSorted(), [
      ['calls', 'readAccounting', '', 7],
      ['calls', 'readMe', '', 1],
      ['calls_refused', '', 'ERR_TOKEN_INVALID', 1],
      ['calls_refused', '', 'ERR_TOKEN_MISSING', 1],
    ])
    ok(!JSON.stringify(records).includes('a-name-to-look-for'))
  })
})

describe('sign-ins that fail', () => {
  test('are in the audit trail, counted by cause: a flood is one record, and no token is in it', async (t) => {
    const { folder, gateway, call } = await open(t, { limits: { failed_logins_per_minute: 1_000 } })
    const signIn = (body: object) => call('/session', { method: 'POST', token: '', body })
    for (let n = 0; n < 30; n++) equal((await signIn({ token: `guess-${n}` })).status, 401)
    equal((await signIn({ code: 'no-such-code' })).status, 401)
    equal((await signIn({ pass: 'word' })).status, 422)
    await gateway.stop()
    const records = recordsIn(folder.data)
    deepEqual(
      records
        .filter(({ action }) => action === 'calls_refused')
        .map(({ facts = {} }) => [facts.call, facts.code, facts.count, facts.actor])
        .toSorted(),
      [
        ['signIn', 'ERR_REQUEST_INVALID', 1, undefined],
        ['signIn', 'ERR_TOKEN_INVALID', 31, undefined],
      ],
    )
    ok(!JSON.stringify(records).includes('guess-'))
  })
})

describe('idempotency keys', () => {
  test('a call sent again acts once and is answered the same; a GET does not mind, a bad key is named', async (t) => {
    const { folder, gateway, call } = await open(t)
    const reload = (key: string) => call('/api/v1/reload', { method: 'POST', headers: { 'idempotency-key': key } })
    const [one, two] = [await reload('k-1'), await reload('k-1')]
    deepEqual([two.status, two.body], [one.status, one.body])
    deepEqual([one.headers['idempotency-replayed'], two.headers['idempotency-replayed']], [undefined, 'true'])
    equal((await reload('k-2')).headers['idempotency-replayed'], undefined)
    const bad = await reload('not a key')
    deepEqual([bad.status, bad.body.problems[0].path], [422, 'Idempotency-Key'])
    equal((await call('/api/v1/me', { headers: { 'idempotency-key': 'k-1' } })).status, 200)
    await gateway.stop()
    const acted = recordsIn(folder.data).filter(
      ({ action, facts }) => action === 'call' && facts?.call === 'reloadConfiguration',
    )
    equal(acted.length, 2)
  })
})

describe('states', () => {
  test('what has not changed is 304; a stop changes it although the revision stays', async (t) => {
    const { call } = await open(t)
    for (const path of ['/api/v1/partners', '/api/v1/partners/acme', '/api/v1/policy']) {
      const { headers } = await call(path)
      const etag = String(headers.etag)
      match(etag, /^"1/)
      const again = await call(path, { headers: { 'if-none-match': etag } })
      deepEqual([path, again.status, again.body], [path, 304, ''])
      await call('/api/v1/partners/acme/stop', { method: 'PUT', body: { stopped: true } })
      const stopped = await call(path, { headers: { 'if-none-match': etag } })
      equal(stopped.status, path.endsWith('policy') ? 304 : 200)
      await call('/api/v1/partners/acme/stop', { method: 'PUT', body: { stopped: false } })
    }
  })
})

describe('browsers', () => {
  const listed = shared((t) => open(t, { origins: ['https://ops.example.com'], hosts: ['sluice.example.com'] }))
  const plain = shared((t) => open(t))

  test('a listed page may call, with a token; its preflight is answered; others get nothing', async () => {
    const { call, url } = listed()
    const preflight = await call('/api/v1/stop', {
      method: 'OPTIONS',
      token: '',
      headers: { origin: 'https://ops.example.com', 'access-control-request-method': 'PUT' },
    })
    equal(preflight.status, 204)
    equal(preflight.headers['access-control-allow-origin'], 'https://ops.example.com')
    match(String(preflight.headers['access-control-allow-headers']), /authorization.*if-match.*idempotency-key/)
    equal(preflight.headers['access-control-allow-credentials'], undefined)
    const called = await call('/api/v1/me', { headers: { origin: 'https://ops.example.com' } })
    deepEqual([called.status, called.headers['access-control-allow-origin']], [200, 'https://ops.example.com'])
    equal((await call('/api/v1/me', { headers: { origin: url } })).status, 200)
    for (const origin of [
      'https://evil.example',
      'null',
      'https://ops.example.com.evil.example',
      'http://ops.example.com',
    ]) {
      const refused = await call('/api/v1/stop', { method: 'PUT', headers: { origin }, body: { stopped: true } })
      deepEqual([refused.status, refused.body.code], [403, 'ERR_ORIGIN'])
      equal(refused.headers['access-control-allow-origin'], undefined)
    }
  })

  test('what a foreign page makes a browser fetch is refused, with or without a token', async () => {
    const { call } = listed()
    for (const path of ['/api/v1/me', '/metrics']) {
      const { status, body } = await call(path, {
        headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
      })
      deepEqual([status, body.code], [403, 'ERR_ORIGIN'])
    }
    equal(
      (await call('/api/v1/me', { headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' } })).status,
      403,
    )
    equal(
      (await call('/openapi.json', { headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' } }))
        .status,
      200,
    )
    equal((await call('/api/v1/me', { headers: { 'sec-fetch-site': 'same-origin' } })).status, 200)
  })

  test('a name that was rebound to this address is not ours; probes pass by any', async () => {
    const { call } = listed()
    for (const host of ['evil.example', 'evil.example:8081', 'localhost.evil.example']) {
      const { status, body } = await call('/api/v1/me', { headers: { host } })
      deepEqual([status, body.code], [421, 'ERR_HOST'])
    }
    for (const host of ['localhost:8081', '127.0.0.1', '[::1]:8081', 'sluice.example.com', 'SLUICE.example.com:443'])
      equal((await call('/api/v1/me', { headers: { host } })).status, 200)
    equal((await call('/healthz', { headers: { host: 'pod-7.internal' } })).status, 200)
    equal((await call('/metrics', { headers: { host: 'evil.example' } })).status, 421)
  })

  test('answers carry the headers that keep them from frames, caches and guesses', async () => {
    const { call } = plain()
    const { headers } = await call('/api/v1/me')
    equal(headers['cache-control'], 'no-store')
    equal(headers['x-content-type-options'], 'nosniff')
    match(String(headers['content-security-policy']), /default-src 'self'/)
    equal(headers['x-powered-by'], undefined)
  })

  test('a form cannot speak for anyone: other content types are 415', async () => {
    const { call } = plain()
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      const { status, body } = await call('/api/v1/stop', { method: 'PUT', headers: { 'content-type': type } })
      deepEqual([status, body.code], [415, 'ERR_MEDIA_TYPE'])
    }
  })
})

describe('rates', () => {
  test('an actor who calls too often waits; a stop never does', async (t) => {
    const { call } = await open(t, { limits: { actor_per_minute: 10 } })
    const codes: number[] = []
    for (let turn = 0; turn < 12; turn++) codes.push((await call('/api/v1/me')).status)
    equal(codes.filter((status) => status === 200).length, 10)
    const late = await call('/api/v1/me')
    deepEqual([late.status, late.body.code], [429, 'ERR_RATE'])
    ok(Number(late.headers['retry-after']) >= 1)
    equal((await call('/api/v1/stop', { method: 'PUT', body: { stopped: true } })).status, 200)
  })

  test('who guesses tokens is stopped; who is in stays in', async (t) => {
    const { call } = await open(t, { limits: { failed_logins_per_minute: 3 } })
    const statuses: number[] = []
    for (let guess = 0; guess < 5; guess++)
      statuses.push((await call('/api/v1/me', { token: `guess-${guess}` })).status)
    deepEqual(statuses, [401, 401, 401, 429, 429])
    equal((await call('/api/v1/me')).status, 200)
  })
})

describe('metrics and TLS', () => {
  test('a metrics token, where one is configured, is asked for', async (t) => {
    process.env.SLUICE_TEST_METRICS_TOKEN = 'scraper'
    const { call } = await open(t, { metrics_token: { env: 'SLUICE_TEST_METRICS_TOKEN' } })
    equal((await call('/metrics', { token: '' })).status, 401)
    equal((await call('/metrics')).status, 401)
    equal((await call('/metrics', { token: 'scraper' })).status, 200)
  })

  test('with a certificate the control plane speaks TLS and nothing else', async (t) => {
    const folder = await createConfigFolder({ contracts: CONTRACTS })
    const [certificate, key] = [join(folder.root, 'cert.pem'), join(folder.root, 'key.pem')]
    const subject = [
      '-subj',
      '/CN=127.0.0.1',
      '-addext',
      'subjectAltName=IP:127.0.0.1',
      '-days',
      '2',
      '-keyout',
      key,
      '-out',
      certificate,
    ]
    try {
      execFileSync(
        'openssl',
        ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', ...subject],
        { stdio: 'ignore' },
      )
    } catch {
      await folder.remove()
      return t.skip('openssl is not here')
    }
    const { url } = await open(t, { tls: { certificate, key } }, folder)
    match(url, /^https:/)
    const dispatcher = new Agent({ connect: { ca: readFileSync(certificate, 'utf8'), servername: '' } })
    t.after(() => dispatcher.close())
    equal((await request(`${url}/healthz`, { dispatcher })).statusCode, 200)
    await request(`${url.replace('https', 'http')}/healthz`).then(
      () => ok(false, 'plain HTTP was answered'),
      () => undefined,
    )
  })
})

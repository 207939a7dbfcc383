/** Who may call what: every role against every route, and every kind of token that proves nothing. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { request } from 'undici'
import { ROUTES } from '../../src/control/routes/table.ts'
import { type Gateway, startGateway } from '../../src/gateway/gateway.ts'
import type { StaffRole } from '../../src/model/actor.ts'
import { createConfigFolder, type TestFolder, webhookContract } from '../support/config-folder.ts'
import { AUDIENCE, createIssuer, ISSUER, type TestIssuer } from '../support/issuer.ts'

const V: StaffRole = 'viewer'
const E: StaffRole = 'editor'
const A: StaffRole = 'approver'
const P: StaffRole = 'privacy_officer'
const U: StaffRole = 'auditor'
/** For third parties: none of the staff. */
const G: StaffRole = 'aggregate'
const EVERYONE: readonly StaffRole[] = [V, E, A, P, U]

/** Written by hand: what the privacy officer agreed to. A route that is not here, or is and does not exist, fails. */
const MATRIX: Readonly<Record<string, readonly StaffRole[]>> = {
  'GET /api/v1/partners': EVERYONE,
  'PUT /api/v1/partners/{id}/stop': [E, A, P],
  'PUT /api/v1/stop': [E, A, P],
  'GET /api/v1/status': EVERYONE,
  'POST /api/v1/reload': [E, A],
  'GET /api/v1/inbox': EVERYONE,
  'PUT /api/v1/inbox/{id}': [E, A],
  'GET /api/v1/live': EVERYONE,
  'GET /api/v1/live/apps': EVERYONE,
  'POST /api/v1/live/events/{id}/body': [P],
  'POST /api/v1/test-events': [E, A],
  'POST /api/v1/simulate': EVERYONE,
  'GET /api/v1/simulate/personas': EVERYONE,
  'POST /api/v1/packs/breach': [P],
  'POST /api/v1/packs/breach/match': [P],
  'POST /api/v1/packs/sample': [P, U],
  'GET /api/v1/processing-record': [P, U],
  'GET /api/v1/released-tables': [P, U, G],
  'GET /api/v1/released-tables/{month}': [P, U, G],
  'POST /api/v1/simulate/matrix': EVERYONE,
  'POST /api/v1/simulate/compare': EVERYONE,
  'POST /api/v1/simulate/who': EVERYONE,
  'POST /api/v1/revisions/replay': [E, A, P, U],
  'POST /api/v1/guard/try': [E, A, P, U],
  'GET /api/v1/revisions': EVERYONE,
  'GET /api/v1/revisions/{revision}': EVERYONE,
  'GET /api/v1/revisions/{revision}/files': [E, A],
  'POST /api/v1/diff': EVERYONE,
  'POST /api/v1/validate': EVERYONE,
  'POST /api/v1/publish': [E, A],
  'POST /api/v1/rollback': [E, A],
  'PUT /api/v1/partners/{id}/rollout': [E, A],
  'GET /api/v1/proposals': EVERYONE,
  'GET /api/v1/proposals/{proposal}': EVERYONE,
  'GET /api/v1/proposals/{proposal}/files': [E, A],
  'POST /api/v1/proposals/{proposal}/approve': [A],
  'POST /api/v1/proposals/{proposal}/rebase': [E, A],
  'POST /api/v1/proposals/{proposal}/comments': [E, A, P],
  'POST /api/v1/proposals/{proposal}/reject': [A, P],
  'POST /api/v1/proposals/{proposal}/withdraw': [E, A],
  'POST /api/v1/subjects/lookup': [P],
  'GET /api/v1/subjects/{handle}/choices': [P],
  'PUT /api/v1/subjects/{handle}/choices': [P],
  'GET /api/v1/subjects/{handle}/disclosures': [P],
  'GET /api/v1/subjects/{handle}/export': [P],
  'POST /api/v1/subjects/{handle}/erasure': [P],
  'GET /api/v1/subjects/{handle}/erasure': [P],
  'GET /api/v1/subjects/{handle}/table': [P],
  'GET /api/v1/signals': EVERYONE,
  'GET /api/v1/apps': EVERYONE,
  'GET /api/v1/subjects/{handle}/fraud-retention': [P],
  'POST /api/v1/subjects/{handle}/links': [P],
  'GET /api/v1/cases': [P, U],
  'POST /api/v1/cases': [P],
  'GET /api/v1/cases/{case}': [P],
  'POST /api/v1/cases/{case}/confirm': [P],
  'POST /api/v1/cases/{case}/note': [P],
  'POST /api/v1/cases/{case}/extend': [P],
  'POST /api/v1/cases/{case}/refuse': [P],
  'POST /api/v1/cases/{case}/close': [P],
  'POST /api/v1/cases/{case}/run': [P],
  'GET /api/v1/children': [P, U],
  'GET /api/v1/notices': [P, U],
  'GET /api/v1/notices/counts': EVERYONE,
  'POST /api/v1/notices/{id}/settle': [P],
  'GET /api/v1/disclosures/by-hand': [P, U],
  'POST /api/v1/disclosures/by-hand': [P],
  'POST /api/v1/disclosures/by-hand/{id}/people': [P],
  'PUT /api/v1/disclosures/by-hand/{id}/bar': [P],
  'GET /api/v1/deletion-requests': [P],
  'POST /api/v1/choices/import': [P],
  'GET /api/v1/schemas/{file}': EVERYONE,
  'GET /api/v1/partner-types/{type}/starter': EVERYONE,
  'POST /api/v1/why': [P, U],
  'GET /api/v1/accounting': EVERYONE,
  'GET /api/v1/accounting/cells': EVERYONE,
  'GET /api/v1/accounting/window': EVERYONE,
  'GET /api/v1/cells': EVERYONE,
  'POST /api/v1/sign-in-codes': EVERYONE,
  'GET /api/v1/deliveries': EVERYONE,
  'GET /api/v1/partner-health': EVERYONE,
  'GET /api/v1/waiting': EVERYONE,
  'GET /api/v1/dead-letters': EVERYONE,
  'GET /api/v1/ledger/checkpoint': [P, U],
  'GET /api/v1/ledger/tiles/{level}/{index}': [P, U],
  'GET /api/v1/ledger/consistency': [P, U],
  'GET /api/v1/ledger/segments': [P, U],
  'GET /api/v1/ledger/retention': [P, U],
  'GET /api/v1/ledger/anchors': [P, U],
  'POST /api/v1/ledger/check': [P, U],
  'GET /api/v1/ledger/check': [P, U],
  'GET /api/v1/ledger/holds': [P, U],
  'POST /api/v1/ledger/holds': [P],
  'DELETE /api/v1/ledger/holds/{id}': [P],
  'GET /api/v1/ledger/records/{record}': [P, U],
  'GET /api/v1/ledger/records/{record}/proof': [P, U],
  'GET /api/v1/ledger/records/{record}/explanation': [P, U],
  'GET /api/v1/disclosures': [P, U],
  'GET /api/v1/disclosures/export': [P, U],
  'GET /api/v1/aggregates': [P, U],
  'GET /api/v1/aggregates/export': [P, U],
  'GET /api/v1/partners/{id}': EVERYONE,
  'GET /api/v1/partner-types': EVERYONE,
  'GET /api/v1/partner-types/{type}': EVERYONE,
  'GET /api/v1/policy': EVERYONE,
  'POST /api/v1/dead-letters/{id}/retry': [E, A],
  'POST /api/v1/dead-letters/{id}/discard': [E, A],
  'POST /api/v1/dead-letters/retry': [E, A],
  'POST /api/v1/dead-letters/discard': [E, A],
  'GET /api/v1/me': EVERYONE,
  'GET /api/v1/actors': [P, U],
  'DELETE /api/v1/actors/{id}': [P],
  'GET /api/v1/access/tokens': [A, P, U],
  'POST /api/v1/access/tokens': [A],
  'DELETE /api/v1/access/tokens/{name}': [A],
  'POST /api/v1/access/bootstrap-token/rotate': [A],
}

let issuer: TestIssuer
let folder: TestFolder
let gateway: Gateway

before(async () => {
  issuer = await createIssuer()
  const contracts = [webhookContract('acme', 'http://127.0.0.1:9')]
  folder = await createConfigFolder({ contracts })
  const jwks = join(folder.root, 'jwks.json')
  await issuer.saveJwks(jwks)
  const roles = Object.fromEntries([...EVERYONE, G].map((role) => [role, [`sluice-${role}`]]))
  const control = {
    host: '127.0.0.1',
    port: 0,
    limits: { actor_per_minute: 100_000, address_per_minute: 100_000, failed_logins_per_minute: 1_000 },
    access: { oidc: { issuer: ISSUER, audience: AUDIENCE, jwks, roles } },
  }
  await folder.write({ contracts, gateway: { control } })
  gateway = await startGateway({ configFolder: folder.config })
})
after(async () => {
  await gateway.stop()
  await folder.remove()
})

interface Told {
  readonly status: number
  readonly code: string | undefined
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

async function call(method: string, path: string, token?: string): Promise<Told> {
  const { statusCode, headers, body } = await request(`${gateway.controlUrl}${path.replace(/\{\w+\}/g, 'nobody')}`, {
    method: method as 'GET',
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(method === 'GET' || method === 'DELETE' ? {} : { 'content-type': 'application/json' }),
    },
    ...(method === 'GET' || method === 'DELETE' ? {} : { body: '"no object"' }),
  })
  const text = await body.text()
  const code: unknown = text.startsWith('{') ? JSON.parse(text).code : undefined
  return { status: statusCode, code: typeof code === 'string' ? code : undefined, headers }
}

describe('role × route', () => {
  test('the matrix names every route and no other', () => {
    deepEqual(ROUTES.map(({ method, path }) => `${method} ${path}`).sort(), Object.keys(MATRIX).sort())
  })

  for (const [route, allowed] of Object.entries(MATRIX)) {
    const [method = '', path = ''] = route.split(' ')
    for (const role of [...EVERYONE, G]) {
      test(`${role} ${allowed.includes(role) ? 'may' : 'may not'} ${route}`, async () => {
        const told = await call(method, path, await issuer.token({ roles: [`sluice-${role}`], subject: role }))
        if (allowed.includes(role)) ok(told.status !== 401 && told.code !== 'ERR_ROLE', `${told.status} ${told.code}`)
        else deepEqual([told.status, told.code], [403, 'ERR_ROLE'])
      })
    }
    test(`a token without any role, and no token, may not ${route}`, async () => {
      const { status, code } = await call(method, path, await issuer.token({ roles: ['staff'] }))
      deepEqual([status, code], [403, 'ERR_ROLE'])
      const without = await call(method, path)
      deepEqual([without.status, without.code], [401, 'ERR_TOKEN_MISSING'])
      equal(without.headers['www-authenticate'], 'Bearer')
    })
  }
})

describe('tokens that prove nothing', () => {
  const all = { roles: EVERYONE.map((role) => `sluice-${role}`) }
  const rows: readonly (readonly [string, () => string | Promise<string>])[] = [
    ['is no token', () => 'nonsense'],
    ['is unsigned (alg: none)', () => issuer.unsigned(all)],
    ['is signed with the public key as an HMAC secret', () => issuer.confused(all)],
    ['is signed by another key of the same name', () => issuer.forged(all)],
    ['names a key that the issuer does not have', () => issuer.token({ ...all, kid: 'k2' })],
    ['is for another audience', () => issuer.token({ ...all, audience: 'another' })],
    ['is from another issuer', () => issuer.token({ ...all, issuer: 'https://evil.example/' })],
    ['expired longer ago than clocks differ', () => issuer.token({ ...all, expiresIn: -31 })],
    ['never expires', () => issuer.token({ ...all, expiresIn: undefined })],
    ['is not valid yet', () => issuer.token({ ...all, notBefore: 120 })],
    ['names no subject', () => issuer.token({ ...all, subject: '' })],
    ['is cut short', async () => (await issuer.token(all)).slice(0, -4)],
    ['is far too long', () => 'a'.repeat(15_000)],
  ]
  for (const [what, make] of rows) {
    test(`one that ${what} is 401 everywhere, also where nothing is`, async () => {
      const token = await make()
      for (const path of ['/api/v1/accounting', '/api/v1/nowhere']) {
        const { status, code, headers } = await call('GET', path, token)
        deepEqual([status, code], [401, 'ERR_TOKEN_INVALID'])
        match(String(headers['www-authenticate']), /invalid_token/)
      }
    })
  }

  test('one that expired less long ago than clocks may differ still counts', async () => {
    equal((await call('GET', '/api/v1/accounting', await issuer.token({ ...all, expiresIn: -5 }))).status, 200)
  })

  test('roles are read only where the configuration says', async () => {
    for (const claims of [{ roles: 'sluice-auditor' }, { roles: ['sluice-auditor'] }])
      equal((await call('GET', '/api/v1/accounting', await issuer.token({ claims }))).status, 200)
    for (const claims of [
      { groups: ['sluice-auditor'] },
      { roles: { a: 'sluice-auditor' } },
      { roles: [['sluice-auditor']] },
      { roles: 7 },
    ])
      equal((await call('GET', '/api/v1/accounting', await issuer.token({ roles: [], claims }))).status, 403)
  })
})

describe('where nothing is', () => {
  test('a caller with a role learns it is 404; methods that are not there are 405 with Allow', async () => {
    const token = await issuer.token({ roles: ['sluice-viewer'] })
    deepEqual([(await call('GET', '/api/v1/nowhere', token)).code], ['ERR_NOT_FOUND'])
    const wrong = await call('DELETE', '/api/v1/accounting', token)
    deepEqual([wrong.status, wrong.code, wrong.headers.allow], [405, 'ERR_METHOD', 'GET, HEAD, OPTIONS'])
    const options = await call('OPTIONS', '/api/v1/partners/acme/stop', token)
    deepEqual([options.status, options.headers.allow], [204, 'PUT, OPTIONS'])
    const head = await call('HEAD', '/api/v1/accounting', token)
    deepEqual([head.status, head.code], [200, undefined])
  })
})

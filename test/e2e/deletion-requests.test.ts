/** Other companies' deletion requests: who may ask, what is refused by which code, and what a good one does. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, describe, type TestContext, test } from 'node:test'
import {
  createLocalJWKSet,
  decodeJwt,
  exportJWK,
  generateKeyPair,
  type JWTPayload,
  jwtVerify,
  SignJWT,
  UnsecuredJWT,
} from 'jose'
import { webhookContract } from '../support/config-folder.ts'
import { type House, purchase, startHouse } from '../support/house.ts'
import type { TestPartner } from '../support/partner.ts'

const OURS = 'publisher.example'
const VENDOR = 'vendor.example'
const IDFA = '8D92078A-8246-4BA4-AE5B-76104861E7DC'
const SUB = { identifierValue: IDFA, identifierType: 'idfa', identifierFormat: 'plaintext' }

interface Company {
  sign(claims: JWTPayload & Record<string, unknown>): Promise<string>
}

async function start(
  t: TestContext,
): Promise<{ house: House; partner: TestPartner; vendor: Company; stranger: Company }> {
  const company = async (kid: string) => {
    const { privateKey, publicKey } = await generateKeyPair('ES256')
    const sign: Company['sign'] = (claims) =>
      new SignJWT(claims).setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid }).sign(privateKey)
    return { sign, jwk: { ...(await exportJWK(publicKey)), kid } }
  }
  const vendor = await company('v1')
  const stranger = await company('v1')
  const { house, partners } = await startHouse(t, ([partner]) => ({
    contracts: [webhookContract('acme', partner!.origin, { when_restricted: { send: 'nothing' } })],
    gateway: {
      deletion_requests: {
        domain: OURS,
        endpoint: `https://${OURS}/v1/deletion-requests`,
        requesters: [{ domain: VENDOR, keys: KEYS }],
      },
    },
  }))
  await writeFile(
    KEYS,
    JSON.stringify({ endpoint: 'https://vendor.example/d', publicKey: [vendor.jwk], identifiers: [] }),
  )
  return { house, partner: partners[0]!, vendor, stranger }
}
const KEYS = join(mkdtempSync(join(tmpdir(), 'sluice-dsr-')), 'dsrdelete.json')
after(() => rmSync(dirname(KEYS), { recursive: true, force: true }))

let serial = 0
async function requestOf(
  company: Company,
  part: Record<string, unknown> = {},
  origin: Record<string, unknown> = {},
): Promise<string> {
  const iat = Math.floor(Date.now() / 1_000)
  const idJWT = await company.sign({
    version: '1.0',
    jti: `id-${++serial}`,
    iss: VENDOR,
    sub: SUB as never,
    iat,
    ...origin,
  })
  return company.sign({ version: '1.0', idJWT, jti: `rq-${serial}`, iss: VENDOR, sub: SUB as never, iat, ...part })
}
async function ask(house: House, token: string) {
  const response = await fetch(`${house.gateway.dataUrl}/v1/deletion-requests`, {
    method: 'POST',
    headers: { 'content-type': 'application/jwt' },
    body: token,
  })
  const { acJWT } = (await response.json()) as { acJWT: string }
  return { status: response.status, acJWT, claims: decodeJwt(acJWT) }
}

describe('deletion requests of other companies', () => {
  test('a good one is acknowledged with our signature, opts the person out at once, and waits for staff', async (t) => {
    const { house, partner, vendor } = await start(t)
    const device = { type: 'ios', advertisingId: IDFA, attTrackingStatus: 3 }
    const token = await requestOf(vendor)
    const { status, acJWT } = await ask(house, token)
    equal(status, 202)
    const { body: discovery } = await house.call('GET', '/dsrdelete.json')
    deepEqual([discovery.endpoint, discovery.vendorScriptRequirement], [`https://${OURS}/v1/deletion-requests`, false])
    ok(
      discovery.identifiers.some(
        ({ type, format }: Record<string, string>) => type === 'idfa' && format === 'plaintext',
      ),
    )
    const { payload } = await jwtVerify(acJWT, createLocalJWKSet({ keys: discovery.publicKey }), { issuer: OURS })
    deepEqual([payload.version, payload.rqJWT, payload.raResultCode], ['1.0', token, 0])

    await house.send([purchase({ userId: 'ann' }, { device })])
    await house.settled()
    equal(partner.items().length, 0)

    const { body: waiting } = await house.staff('GET', '/api/v1/deletion-requests')
    deepEqual(
      waiting.items.map(({ issuer }: { issuer: string }) => issuer),
      [VENDOR],
    )
    ok(!JSON.stringify(waiting).includes(IDFA))
    const [{ handle, other_accounts: accounts }] = waiting.items
    equal(accounts, 1)
    const erase = (body: object) => house.staff('POST', `/api/v1/subjects/${handle}/erasure`, body)
    // Ann is logged in on the device: until somebody has decided about her, the request stays open.
    deepEqual((await erase({ confirm: 'erase' })).body.code, 'ERR_ACCOUNTS_LINKED')
    equal((await house.staff('GET', '/api/v1/deletion-requests')).body.items.length, 1)
    equal((await erase({ confirm: 'erase', accounts: 'leave' })).status, 200)
    deepEqual((await house.staff('GET', '/api/v1/deletion-requests')).body.items, [])
    const again = await ask(house, token)
    deepEqual(
      [again.status, again.claims.raResultCode],
      [400, 3],
      'a token counts once, also after staff has dealt with it',
    )
  })

  const iat = (): number => Math.floor(Date.now() / 1_000)
  const refused: [string, number, (vendor: Company, stranger: Company) => Promise<string>][] = [
    ['no token at all', 3, async () => 'not a token'],
    [
      'an unsigned token',
      2,
      async () =>
        new UnsecuredJWT({ version: '1.0', jti: 'x', sub: SUB as never, iat: iat() }).setIssuer(VENDOR).encode(),
    ],
    ['a token signed by somebody else', 2, (_, stranger) => requestOf(stranger)],
    ['a company that nobody named', 2, (vendor) => requestOf(vendor, { iss: 'evil.example' })],
    ['a request whose origin is unknown', 2, (vendor) => requestOf(vendor, {}, { iss: 'evil.example' })],
    ['a request without an origin', 1, (vendor) => requestOf(vendor, { idJWT: undefined })],
    ['a request without an id', 1, (vendor) => requestOf(vendor, { jti: undefined })],
    ['another version', 1, (vendor) => requestOf(vendor, { version: '2.0' })],
    ['an identifier we do not know', 4, (vendor) => requestOf(vendor, { sub: { ...SUB, identifierType: 'email' } })],
    [
      'a hash, of which we could find nobody',
      5,
      (vendor) => requestOf(vendor, { sub: { ...SUB, identifierFormat: 'sha256' } }),
    ],
    ['one from last week', 6, (vendor) => requestOf(vendor, { iat: iat() - 7 * 86_400 })],
    ['one from the future', 6, (vendor) => requestOf(vendor, { iat: iat() + 3_600 })],
    ['one that has expired', 6, (vendor) => requestOf(vendor, { exp: iat() - 3_600 })],
    ['one for somebody else', 3, (vendor) => requestOf(vendor, { aud: 'another.example' })],
  ]
  test('what is refused, by the framework’s codes, and changes nothing', async (t) => {
    const { house, partner, vendor, stranger } = await start(t)
    for (const [what, code, make] of refused) {
      const { status, claims } = await ask(house, await make(vendor, stranger))
      deepEqual([what, status, claims.raResultCode], [what, 400, code])
      ok(!String(claims.raResultString ?? '').includes(IDFA))
    }
    await house.send([
      purchase({ userId: 'ann' }, { device: { type: 'ios', advertisingId: IDFA, attTrackingStatus: 3 } }),
    ])
    await house.settled()
    equal(partner.items().length, 1)
    deepEqual((await house.staff('GET', '/api/v1/deletion-requests')).body.items, [])
  })

  test('without a section in the configuration there is nothing to find', async (t) => {
    const { house } = await startHouse(t, ([partner]) => ({ contracts: [webhookContract('acme', partner!.origin)] }))
    equal((await house.call('GET', '/dsrdelete.json')).status, 404)
    equal((await house.call('POST', '/v1/deletion-requests', {})).status, 404)
  })
})

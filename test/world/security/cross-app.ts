/** `sub` is unique within its issuer only: a token of another app's issuer read, lifted and erased what was somebody else's. */
import { strictEqual } from 'node:assert/strict'
import { join } from 'node:path'
import { WRITE_KEY, webhookContract } from '../../support/config-folder.ts'
import type { TestIssuer } from '../../support/issuer.ts'
import { until } from '../../support/until.ts'
import type { Answer, Served } from '../harness/served.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

const ISSUERS = { a: 'https://a.example/', b: 'https://b.example/' } as const
const KEYS = { a: WRITE_KEY, b: 'other-write-key' } as const
const SUB = '1001'

interface TwoApps {
  readonly gateway: Served
  /** Calls with a token of the app's issuer. */
  as(app: 'a' | 'b', method: string, path: string, body?: object): Promise<Answer>
  /** Sends a purchase of the user and says whether the partner got it. */
  isSent(app: 'a' | 'b', user?: string): Promise<boolean>
}

/**
 * Two apps with users. Where a version refuses two issuers that nobody tells apart, it is told whose users are whose: that
 * is as right.
 */
async function twoApps(world: World, oneIssuer = false): Promise<TwoApps> {
  const partner = await world.partner()
  const made = { a: await world.issuer('ka'), b: await world.issuer('kb') }
  const issuerOf = (app: 'a' | 'b'): { readonly issuer: TestIssuer; readonly name: string } =>
    oneIssuer ? { issuer: made.a, name: ISSUERS.a } : { issuer: made[app], name: ISSUERS[app] }
  const contracts = [
    webhookContract('p0', partner.origin, { apps: ['app-a', 'app-b'], when_restricted: { send: 'nothing' } }),
  ]
  const gateway = await world.folder({ contracts })
  const configOf = (named: boolean) => ({
    contracts,
    apps: (['a', 'b'] as const).map((app) => ({
      id: `app-${app}`,
      name: `App ${app}`,
      platform: 'ios',
      write_keys: [KEYS[app]],
      users: {
        jwks: join(gateway.folder.root, `${oneIssuer ? 'a' : app}.json`),
        issuer: issuerOf(app).name,
        audience: 'sluice',
        ...(named ? { namespace: app } : {}),
      },
    })),
  })
  for (const app of ['a', 'b'] as const) await made[app].saveJwks(join(gateway.folder.root, `${app}.json`))
  await gateway.write(configOf(false))
  const refused = await gateway.startRefused()
  if (refused !== 'serves') {
    strictEqual(/issuer/.test(refused.said), true, refused.said)
    await gateway.write(configOf(true))
  }
  await gateway.start()
  let count = 0
  return {
    gateway,
    as: async (app, method, path, body) => {
      const { issuer, name } = issuerOf(app)
      const token = await issuer.token({ subject: SUB, issuer: name, audience: 'sluice' })
      return gateway.call(path, { method, headers: { authorization: `Bearer ${token}` }, ...(body && { body }) })
    },
    isSent: async (app, user = SUB) => {
      const before = partner.items().length
      const event = {
        type: 'track',
        event: 'Order Completed',
        messageId: `m-${app}-${++count}`,
        userId: user,
        context: CONTEXT,
      }
      const { status } = await gateway.send([event], {
        headers: { authorization: `Basic ${Buffer.from(`${KEYS[app]}:`).toString('base64')}` },
      })
      strictEqual(status, 200)
      await gateway.settled()
      return partner.items().length > before
    },
  }
}
const CONTEXT = {
  device: { type: 'ios', attTrackingStatus: 3 },
  os: { name: 'iOS', version: '17.5' },
  location: { country: 'US', region: 'TX' },
}

async function optOut(apps: TwoApps, app: 'a' | 'b' = 'a'): Promise<void> {
  strictEqual((await apps.as(app, 'PUT', '/v1/me/choices', { opt_out: true })).status, 200)
}

export const world: WorldCase = {
  source: 'OpenID Connect Core 1.0, 2 and 5.7; RFC 7519, 4.1.2; CWE-639',
  faults: {
    'cross-app-read': async (world) => {
      const apps = await twoApps(world)
      await optOut(apps)
      const { status, body } = await apps.as('b', 'GET', '/v1/me/choices')
      strictEqual(status === 200 && (body.opt_out === true || body.statements.length > 0), false, JSON.stringify(body))
    },
    'cross-app-lift': async (world) => {
      const apps = await twoApps(world)
      await optOut(apps)
      await apps.as('b', 'PUT', '/v1/me/choices', { opt_out: false })
      strictEqual(await apps.isSent('a'), false)
    },
    'cross-app-disclosures': async (world) => {
      const apps = await twoApps(world)
      strictEqual(await apps.isSent('a'), true)
      const { status, body } = await apps.as('b', 'GET', '/v1/me/disclosures')
      strictEqual(status === 200 && body.disclosures.length > 0, false, 'what a partner got of another person')
    },
    'cross-app-erase': async (world) => {
      const apps = await twoApps(world)
      strictEqual(await apps.isSent('a'), true)
      await apps.as('b', 'POST', '/v1/me/erasure')
      const own = await apps.as('a', 'GET', '/v1/me/disclosures')
      strictEqual(own.body.disclosures.length, 1)
      strictEqual(await apps.isSent('a'), true)
    },
  },
  neighbours: {
    'a token of the own issuer reads, lifts and is told': async (world) => {
      const apps = await twoApps(world)
      strictEqual(await apps.isSent('a'), true)
      await optOut(apps)
      strictEqual((await apps.as('a', 'GET', '/v1/me/choices')).body.opt_out, true)
      strictEqual(await apps.isSent('a'), false)
      strictEqual((await apps.as('a', 'PUT', '/v1/me/choices', { opt_out: false })).status, 200)
      strictEqual(await apps.isSent('a'), true)
      const told = await until('the disclosures', async () => {
        const { body } = await apps.as('a', 'GET', '/v1/me/disclosures')
        return body.disclosures.length === 2 ? body : undefined
      })
      strictEqual(told.disclosures.length, 2)
    },
    'two apps of one issuer have one person': async (world) => {
      const apps = await twoApps(world, true)
      strictEqual(await apps.isSent('b'), true)
      await optOut(apps)
      strictEqual(await apps.isSent('b'), false)
      strictEqual((await apps.as('b', 'GET', '/v1/me/choices')).body.opt_out, true)
    },
    'an opt-out of one user leaves others alone': async (world) => {
      const apps = await twoApps(world)
      await optOut(apps)
      strictEqual(await apps.isSent('a', '1002'), true)
    },
  },
}

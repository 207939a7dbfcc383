/** A relayed request that waited for its connection left with what a grant gave, after the grant had ended. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { join } from 'node:path'
import { WRITE_KEY, webhookContract } from '../../support/config-folder.ts'
import { AUDIENCE, ISSUER } from '../../support/issuer.ts'
import { until } from '../../support/until.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

const DEVICE = '6D92078A-8246-4BA4-AE5B-76104861E7DC'
const bid = (id: string) => ({
  id,
  imp: [{ id: '1', banner: { w: 320, h: 50 } }],
  user: { id: 'user-of-the-grant' },
  device: { ifa: DEVICE, os: 'iOS', osv: '17.5', geo: { country: 'USA', region: 'TX' }, ext: { atts: 3 } },
})

/** A bidder over one connection, which is granted `user_id` until `lapsesAt` and never without. */
async function bidder(world: World, lapsesAt: number) {
  const partner = await world.partner()
  partner.answer = { status: 204, body: '' }
  const issuer = await world.issuer()
  const contract = webhookContract('bidder', partner.origin, {
    type: 'openrtb26',
    purposes: ['advertising'],
    events: { '@relay': { as: 'bid', properties: {} } },
    share: { advertising_id: 'pass', os: 'pass', partner_id: 'pass' },
    when_restricted: { send: 'nothing' },
    connection: { url: `${partner.origin}/bid`, imp: [{ id: '1' }] },
    limits: { per_second: 1_000, concurrency: 1, timeout_ms: 10_000 },
  })
  const gateway = await world.folder({ contracts: [contract] })
  const jwks = join(gateway.folder.root, 'jwks.json')
  await issuer.saveJwks(jwks)
  await gateway.write({
    contracts: [contract],
    gateway: {
      control: {
        host: '127.0.0.1',
        port: 0,
        access: { oidc: { issuer: ISSUER, audience: AUDIENCE, jwks, roles: { editor: ['e'], approver: ['a'] } } },
      },
    },
  })
  await gateway.start()
  const as = async (subject: string, role: string) => ({
    authorization: `Bearer ${await issuer.token({ subject, roles: [role] })}`,
  })
  const proposed = await gateway.staff('/api/v1/publish', {
    headers: { ...(await as('ann', 'e')), 'if-match': '"1"' },
    body: {
      reason: 'a trial',
      until: new Date(lapsesAt).toISOString(),
      edits: [{ file: 'partners/bidder.yaml', path: ['share', 'user_id'], value: 'pass' }],
    },
  })
  ok(proposed.status < 300, proposed.text)
  const approved = await gateway.staff(`/api/v1/proposals/${proposed.body.proposal}/approve`, {
    body: {},
    headers: { ...(await as('bob', 'a')), 'if-match': '"1"' },
  })
  ok(approved.status < 300, approved.text)
  const relay = (id: string) =>
    gateway.call('/v1/relay/bidder/bid', { body: bid(id), headers: { 'x-sluice-write-key': WRITE_KEY } })
  return { partner, gateway, relay }
}

const hasUser = (body: string): boolean => body.includes('user-of-the-grant')

export const world: WorldCase = {
  source: 'RFC 9110 9 (a request begins with its first byte); docs/relay.md: decided at the moment of send',
  faults: {
    'relay-lapse': async (world) => {
      const lapsesAt = Date.now() + 12_000
      const { partner, relay } = await bidder(world, lapsesAt)
      equal((await relay('before')).status, 204)
      ok(hasUser(partner.received[0]!.body), 'the grant gives it')
      await until('shortly before its end', () => Date.now() > lapsesAt - 700)
      // The one connection is taken until the grant has ended; the second request waits for it.
      partner.hold(true)
      const first = relay('holds-it')
      await until('the first to be under way', () => partner.received.length === 2)
      const second = relay('waits')
      await until('the end of the grant', () => Date.now() > lapsesAt + 60)
      partner.hold(false)
      equal((await first).status, 204)
      await second
      deepEqual(
        partner.received.slice(2).map(({ body }) => hasUser(body)),
        partner.received.slice(2).map(() => false),
      )
    },
  },
  neighbours: {
    'before its end the grant gives what it says, and after it nothing': async (world) => {
      const lapsesAt = Date.now() + 9_000
      const { partner, relay } = await bidder(world, lapsesAt)
      equal((await relay('before')).status, 204)
      await until('the end of the grant', () => Date.now() > lapsesAt + 60)
      equal((await relay('after')).status, 204)
      deepEqual(
        partner.received.map(({ body }) => hasUser(body)),
        [true, false],
      )
    },
  },
}

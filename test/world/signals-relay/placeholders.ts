/** Words that apps send for everybody in the place of an id: one stranger's opt-out was everybody's. */
import { strictEqual } from 'node:assert/strict'
import { webhookContract } from '../../support/config-folder.ts'
import type { TestPartner } from '../../support/partner.ts'
import { bidderContract } from '../../support/relay.ts'
import type { Answer, Served } from '../harness/served.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

const ifa = (device: number): string => `2B3C4D5E-0003-4000-8000-00000000000${device}`
const OUT = { us_privacy: '1YYN' }

interface Bidding {
  readonly gateway: Served
  readonly partner: TestPartner
  bid(device: number | string, parts?: object): Promise<Answer>
  /** The device object that the bidder got last. */
  device(): { readonly ifa?: string; readonly lmt?: number }
}

async function bidding(world: World): Promise<Bidding> {
  const partner = await world.partner()
  const gateway = await world.gateway({
    contracts: [
      bidderContract('bidder', partner.origin, {
        connection: { url: `${partner.origin}/bid`, imp: [{ id: '1', banner: { w: 320, h: 50 } }] },
      }),
      webhookContract('shop', partner.origin),
    ],
    shippedPolicy: true,
  })
  return {
    gateway,
    partner,
    bid: async (device, parts = {}) => {
      const body = {
        id: 't1',
        imp: [{ id: '1', banner: { w: 320, h: 50 } }],
        device: {
          ifa: typeof device === 'number' ? ifa(device) : device,
          lmt: 0,
          os: 'iOS',
          osv: '17.5',
          ext: { atts: 3 },
          geo: { country: 'USA', region: 'TX' },
        },
        ...parts,
      }
      const answer = await gateway.call('/v1/relay/bidder/bid', {
        method: 'POST',
        body,
        headers: { 'x-sluice-write-key': 'test-write-key' },
      })
      strictEqual(answer.status < 300, true, answer.text)
      return answer
    },
    device: () => JSON.parse(partner.received.filter(({ path }) => path.startsWith('/bid')).at(-1)!.body).device,
  }
}
const user = (id: string | number): object => ({ user: { id } })

async function strangerRestrictsNobody(world: World, word: string): Promise<void> {
  const { bid, device } = await bidding(world)
  await bid(1, user(word))
  await bid(2, user(word))
  await bid(3, { ...user(word), regs: OUT })
  await bid(1)
  strictEqual(device().ifa, ifa(1))
  await bid(2, user('real-1'))
  strictEqual(device().ifa, ifa(2))
  await bid(3)
  strictEqual(device().ifa, undefined, 'the one who said so is restricted')
}

export const world: WorldCase = {
  source: 'PostHog/posthog#876, #12008, #17325; docs.mixpanel.com, "Server-side events with no logged-in user"',
  faults: {
    E1: (world) => strangerRestrictsNobody(world, 'None'),
    'E1-template': (world) => strangerRestrictsNobody(world, '{{user_id}}'),
    'E1-quoted': (world) => strangerRestrictsNobody(world, '"null"'),
    'E1-advertising-id': async (world) => {
      const { bid, partner } = await bidding(world)
      await bid('undefined', user('u-1'))
      strictEqual(
        partner.received.some(({ body }) => /undefined/i.test(body)),
        false,
      )
    },
    E2: async (world) => {
      const { bid, gateway } = await bidding(world)
      await bid(9, user('NaN'))
      await bid(1, user('NaN'))
      await bid(1, user('erase-1'))
      const { body: found } = await gateway.staff('/api/v1/subjects/lookup', {
        body: { identities: { user: 'erase-1' } },
      })
      const { status, body } = await gateway.staff(`/api/v1/subjects/${found.handle}/erasure`, {
        body: { confirm: 'erase' },
      })
      strictEqual(status, 200, JSON.stringify(body))
      strictEqual(body.shared_devices_left, 0, JSON.stringify(body))
      strictEqual(body.recipients.length, 1)
    },
    'E1-choices': async (world) => {
      const { gateway } = await bidding(world)
      const body = { identities: { user: 'anonymous' }, opt_out: true }
      strictEqual((await gateway.call('/v1/me/choices', { method: 'PUT', body })).status, 422)
    },
  },
  neighbours: {
    'real ids that look a little like such words are ids': async (world) => {
      const { bid, device } = await bidding(world)
      for (const [index, word] of ['nullable', 'guest42', 'Nanette', 'anonymous-7'].entries()) {
        await bid(index + 1, { ...user(word), regs: OUT })
        await bid(9, user(word))
        strictEqual(device().ifa, undefined, word)
        await bid(8)
        strictEqual(device().ifa, ifa(8))
      }
    },
    'zeros stay a limit of the device': async (world) => {
      const { bid, device } = await bidding(world)
      await bid('00000000-0000-0000-0000-000000000000', user('u-7'))
      strictEqual(device().lmt, 1)
    },
    'an opt-out by a real id beside is taken': async (world) => {
      const { gateway, bid, device } = await bidding(world)
      const body = { identities: { advertising_id: ifa(4), user: 'u-4' }, opt_out: true }
      strictEqual((await gateway.call('/v1/me/choices', { method: 'PUT', body })).status, 200)
      await bid(4)
      strictEqual(device().ifa, undefined)
    },
  },
}

/** `Sec-GPC: 1` on a relayed request that is refused for its size: the person spoke, the mistake was the SDK's. */
import { equal, ok } from 'node:assert/strict'
import { WRITE_KEY } from '../../support/config-folder.ts'
import { bidderContract } from '../../support/relay.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

const IFA = '6D92078A-8246-4BA4-AE5B-76104861E7DC'
const bid = (ext: unknown) => ({
  id: 'r-1',
  imp: [{ id: '1', banner: { w: 320, h: 50 } }],
  device: { ifa: IFA, os: 'Android', geo: { country: 'USA', region: 'TX', type: 1 } },
  ext,
})
const DEEP = JSON.parse(`${'['.repeat(60)}${']'.repeat(60)}`)
const MANY = Array.from({ length: 30_000 }, (_, index) => index)

async function idLeavesAfter(world: World, ext: unknown, headers: Readonly<Record<string, string>>): Promise<boolean> {
  const partner = await world.partner()
  partner.answer = { status: 204, body: '' }
  const gateway = await world.gateway({
    contracts: [bidderContract('bidder', partner.origin)],
    apps: [{ id: 'messenger-ios', name: 'Messenger', platform: 'android', write_keys: [WRITE_KEY] }],
  })
  const post = (body: object, more: Readonly<Record<string, string>> = {}) =>
    gateway.call('/v1/relay/bidder/bid', {
      body,
      headers: { 'x-sluice-write-key': WRITE_KEY, authorization: '', ...more },
    })
  equal((await post(bid(ext), headers)).status, 400)
  ok((await post(bid({}))).status < 300)
  return partner.received.some(({ body }) => body.includes(IFA))
}

export const world: WorldCase = {
  source: 'Cal. Code Regs. tit. 11, § 7025; docs/sdks.md',
  faults: {
    'F15-gpc-relayed-deep': async (world) => equal(await idLeavesAfter(world, DEEP, { 'sec-gpc': '1' }), false),
    'F15-gpc-relayed-many': async (world) => equal(await idLeavesAfter(world, MANY, { 'sec-gpc': '1' }), false),
  },
  neighbours: {
    'a refused request that says nothing restricts nobody': async (world) =>
      equal(await idLeavesAfter(world, DEEP, {}), true),
  },
}

/** A whole bid was lost because a withheld word is public: a domain, the start of every user agent. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { IFA, OPTED_OUT, startBidder } from '../harness/bidder.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

const eid = (parts: object) => ({
  eids: [{ matcher: 'graph.example', mm: 3, uids: [{ id: 'ZK5GQGDZ-M-DK5U', atype: 3 }], ...parts }],
})
const INSERTED = { site: { domain: 'pub.example' }, user: eid({ inserter: 'pub.example', source: 'ssp.example' }) }
const CHAIN = { schain: { complete: 1, ver: '1.0', nodes: [{ asi: 'exchange.example', sid: '1', hp: 1 }] } }

async function doesNotLeave(world: World, parts: object): Promise<void> {
  const { bid, got } = await startBidder(world)
  await bid({ ...parts, user: eid({ source: 'ssp.example' }), regs: OPTED_OUT })
  ok(!JSON.stringify(got()).includes('ZK5GQGDZ'))
  ok(!JSON.stringify(got()).includes(IFA))
}

export const world: WorldCase = {
  source:
    'OpenRTB 2.6 §3.2.27, implementation.md 7.12; prebid/Prebid.js#12641, prebid/prebid-server#3762; prebid-server’s samples',
  faults: {
    'relay-B1': async (world) => {
      const { sent } = await startBidder(world)
      for (const parts of [
        { regs: OPTED_OUT },
        { regs: { ext: { gpc: '1' } } },
        { device: { ext: { atts: 2 } } },
        { regs: { coppa: 1 } },
      ]) {
        const bid = await sent({ ...INSERTED, ...parts })
        deepEqual([bid.site?.domain, bid.user], ['pub.example', undefined])
      }
    },
    'relay-B2': async (world) => {
      const { sent } = await startBidder(world)
      const bid = await sent({ source: CHAIN, user: eid({ source: 'exchange.example' }), regs: OPTED_OUT })
      deepEqual([bid.source, bid.user], [CHAIN, undefined])
    },
    'relay-B5': async (world) => {
      const { sent } = await startBidder(world)
      const { device } = await sent({ device: { ua: 'Mozilla/5.0' }, regs: OPTED_OUT })
      ok([undefined, 'Mozilla/5.0', 'Mozilla/5.0 (Other)'].includes(device.ua), device.ua)
    },
  },
  neighbours: {
    'another domain beside, and ids that may go': async (world) => {
      const { sent } = await startBidder(world)
      equal((await sent({ ...INSERTED, site: { domain: 'other.example' }, regs: OPTED_OUT })).user, undefined)
    },
    'ids go where nothing restricts': async (world) => {
      const { sent } = await startBidder(world)
      deepEqual((await sent(INSERTED)).user, INSERTED.user)
    },
    'an id as the placement does not leave': (world) =>
      doesNotLeave(world, { imp: [{ id: '1', tagid: 'ZK5GQGDZ-M-DK5U' }] }),
    'an id as the position does not leave': (world) =>
      doesNotLeave(world, { imp: [{ id: '1', ext: { gpid: 'ZK5GQGDZ-M-DK5U' } }] }),
    'a long user agent is reduced': async (world) => {
      const { sent } = await startBidder(world)
      const ua = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15'
      equal((await sent({ device: { ua }, regs: OPTED_OUT })).device.ua, 'Mozilla/5.0 (iPhone)')
    },
  },
}

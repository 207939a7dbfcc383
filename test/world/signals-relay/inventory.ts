/** What says nothing of a person was dropped, or passed on as no strict bidder takes it. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { IFA, OPTED_OUT, startBidder } from '../harness/bidder.ts'
import type { WorldCase } from '../harness/world-case.ts'

const SKADN = {
  version: '2.0',
  sourceapp: '880047117',
  skadnetlist: { max: 306, excl: [2, 8, 10, 55], addl: ['aAaa1aaaAa.skadnetwork'] },
}
const PLAY = 'https://play.google.com/store/apps/details?id=com.example.messenger'
const DSA = {
  dsarequired: 2,
  pubrender: 0,
  datatopub: 1,
  transparency: [{ domain: 'platform.example', dsaparams: [1, 2] }],
}
const GPP = 'DBABL~BVQqAAAAAg'

export const world: WorldCase = {
  source:
    'OpenRTB 2.6 §3.2.1 to §3.2.35; prebid/prebid-server#1654, #3367, #3487; InteractiveAdvertisingBureau/openrtb#152; prebid/prebid-mobile-ios#773, prebid/prebid-mobile-android#565',
  faults: {
    'relay-G3': async (world) => {
      const { sent } = await startBidder(world)
      const imp = [{ id: '1', ext: { skadn: SKADN } }]
      for (const parts of [{}, { device: { ext: { atts: 2 } } }])
        deepEqual((await sent({ imp, ...parts })).imp[0].ext.skadn, SKADN)
    },
    'relay-G1': async (world) => {
      const { sent } = await startBidder(world)
      for (const parts of [{}, { regs: OPTED_OUT }])
        equal((await sent({ app: { bundle: 'com.example.messenger', storeurl: PLAY }, ...parts })).app.storeurl, PLAY)
    },
    'relay-G4': async (world) => {
      const { sent } = await startBidder(world)
      deepEqual((await sent({ regs: { ext: { dsa: DSA } } })).regs?.ext?.dsa, DSA)
      deepEqual((await sent({ regs: { ...OPTED_OUT, ext: { dsa: DSA } } })).regs?.ext?.dsa, DSA)
    },
    'relay-H3': async (world) => {
      const { sent } = await startBidder(world)
      const { regs = {} } = await sent({ regs: { gpp: GPP, gpp_sid: ['7'] } })
      if (regs.gpp !== undefined) deepEqual(regs.gpp_sid.map(Number), [7])
    },
    'relay-H4': async (world) => {
      const { sent } = await startBidder(world)
      ok([0, undefined].includes((await sent({ device: { lmt: false } })).device.lmt))
      ok([0, undefined].includes((await sent({ device: { lmt: '0', dnt: '0' } })).device.dnt))
    },
  },
  neighbours: {
    'an address in Apple’s store, a list of ids, and ids as numbers': async (world) => {
      const { sent } = await startBidder(world)
      const storeurl = 'https://apps.apple.com/us/app/example/id880047117'
      equal((await sent({ app: { storeurl } })).app.storeurl, storeurl)
      const skadn = { version: '2.0', sourceapp: '880047117', skadnetids: ['aAaa1aaaAa.skadnetwork'] }
      deepEqual((await sent({ imp: [{ id: '1', ext: { skadn } }] })).imp[0].ext.skadn, skadn)
      const { regs } = await sent({ regs: { gpp: GPP, gpp_sid: [7] } })
      deepEqual([regs.gpp, regs.gpp_sid], [GPP, [7]])
      equal((await sent({ device: { lmt: 0 } })).device.lmt, 0)
    },
    'what a store’s address says of a person does not leave': async (world) => {
      const { bid, got } = await startBidder(world)
      await bid({ app: { storeurl: `${PLAY}&email=anna@mail.example` } })
      ok(!JSON.stringify(got()).includes('anna'))
      await bid({ app: { storeurl: `${PLAY}&idfa=${IFA}` }, regs: OPTED_OUT })
      ok(!JSON.stringify(got()).includes(IFA))
    },
  },
}

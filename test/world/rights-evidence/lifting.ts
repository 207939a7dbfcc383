/** "Does not apply" lifted an opt-out: nobody had been asked. */
import { equal } from 'node:assert/strict'
import { webhookContract } from '../../support/config-folder.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

const AAID = '38400000-8cf0-41bd-b23e-10b96e40000d'
const event = (privacy: object, region = 'TX') => ({
  type: 'track',
  event: 'Order Completed',
  userId: 'u-1',
  context: {
    device: { type: 'android', id: '9774d56d682e549c', advertisingId: AAID },
    os: { name: 'Android', version: '14' },
    location: { country: 'US', region },
    ...privacy,
  },
})

/** How many of the events' ids leave, one after the other. */
async function leaving(world: World, ...events: readonly object[]): Promise<readonly boolean[]> {
  const partner = await world.partner()
  const gateway = await world.gateway({
    contracts: [webhookContract('northwind', partner.origin, { when_restricted: { send: 'nothing' } })],
    shippedPolicy: true,
    apps: [
      {
        id: 'messenger-ios',
        name: 'Messenger',
        platform: 'android',
        bundle: 'com.example.messenger',
        write_keys: ['test-write-key'],
      },
    ],
  })
  const found: boolean[] = []
  for (const one of events) {
    const before = partner.items().length
    equal((await gateway.send([one])).status, 200)
    await gateway.settled()
    found.push(
      partner
        .items()
        .slice(before)
        .some((item) => JSON.stringify(item).includes(AAID)),
    )
  }
  return found
}
const CALIFORNIA = { optedOut: 'DBABBg~BVUAAACA.QA', notApplicable: 'DBABBg~BBAAAACA.QA', didNot: 'DBABBg~BVoAAACA.QA' }
const gpp = (text: string, sid = 8): object => event({ gpp: text, gpp_sid: [sid] }, 'CA')
async function staysOut(world: World, first: object, second: object): Promise<void> {
  equal((await leaving(world, first, second)).join(), 'false,false')
}

export const world: WorldCase = {
  source: 'IAB US Privacy String 1.0; IAB GPP section specifications, value 0; OpenRTB 2.6 regs.gpp_sid',
  faults: {
    'F6-usp': (world) => staysOut(world, event({ us_privacy: '1YYN' }), event({ us_privacy: '1---' })),
    'F6-gpp-na': (world) => staysOut(world, gpp(CALIFORNIA.optedOut), gpp(CALIFORNIA.notApplicable)),
    'F6-sid': (world) => staysOut(world, gpp(CALIFORNIA.optedOut), gpp(CALIFORNIA.optedOut, -1)),
  },
  neighbours: {
    'nobody who said nothing is out': async (world) => {
      equal((await leaving(world, event({}), event({ us_privacy: '1---' }))).join(), 'true,true')
    },
    'who did not opt out afterwards is in again': async (world) => {
      equal((await leaving(world, event({ us_privacy: '1YYN' }), event({ us_privacy: '1YNN' }))).join(), 'false,true')
      equal((await leaving(world, gpp(CALIFORNIA.optedOut), gpp(CALIFORNIA.didNot))).join(), 'false,true')
    },
  },
}

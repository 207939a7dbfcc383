/** A folder after two people were erased, read by somebody who has its keys and knows their message ids. */
import { deepEqual, equal } from 'node:assert/strict'
import { webhookContract } from '../../support/config-folder.ts'
import { type Link, linksIn } from '../../support/linking.ts'
import { purchase } from '../../support/purchase.ts'
import type { Served } from '../harness/served.ts'
import { usersOf } from '../harness/users.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

const APP = 'messenger-ios'
const PEOPLE = ['u-1', 'u-2'] as const
const OTHERS = ['u-3', 'u-4', 'u-5', 'u-6']

function bought(user: string, messageId: string): object {
  const n = user.slice(2).padStart(2, '0')
  return purchase(
    { userId: user, anonymousId: `install-${n}`, messageId },
    {
      device: {
        type: 'ios',
        id: `5E92078A-8246-4BA4-AE5B-76104861E7${n}`,
        advertisingId: `6D92078A-8246-4BA4-AE5B-76104861E7${n}`,
        attTrackingStatus: 3,
      },
    },
  )
}

/** Events of two people and others between them; both erased, then everything is at rest. */
async function erased(world: World): Promise<{ readonly gateway: Served; readonly messageIds: readonly string[] }> {
  const partners = [await world.partner(), await world.partner()]
  const users = await usersOf(world)
  const gateway = await world.gateway({
    contracts: partners.map(({ origin }, i) => webhookContract(['northwind', 'slowads'][i] as string, origin)),
    apps: [users.app],
  })
  const messageIds: string[] = []
  for (let round = 0; round < 3; round++) {
    const events = [...PEOPLE, ...OTHERS].map((user) => {
      const messageId = `m-${user}-${round}`
      if (!OTHERS.includes(user)) messageIds.push(messageId)
      return bought(user, messageId)
    })
    equal((await gateway.send(events)).status, 200)
  }
  await gateway.settled()
  for (const user of PEOPLE) {
    const headers = await users.token(user)
    equal((await gateway.call('/v1/me/erasure', { method: 'POST', headers })).status, 200)
  }
  await gateway.stop()
  return { gateway, messageIds }
}

const unlinked =
  (by: Link['by']) =>
  async (world: World): Promise<void> => {
    const { gateway, messageIds } = await erased(world)
    deepEqual(
      linksIn(gateway.data, APP, messageIds).filter((link) => link.by === by),
      [],
    )
  }

export const world: WorldCase = {
  source: 'GDPR Art. 17 and recital 26: what can be singled out with means at hand is not anonymous',
  faults: {
    'F1-times': unlinked('times'),
    'F1-message-ids': unlinked('references'),
    'F1-intake': unlinked('intake'),
    'F1-identities': unlinked('identities'),
    'F1-choices': unlinked('choices'),
  },
  neighbours: {
    'an erased person stays opted out, and the ledger verifies': async (world) => {
      const { gateway } = await erased(world)
      equal((await world.sluice(['ledger', 'fsck', gateway.data])).code, 0)
      await gateway.start()
      const lookUp = async (user: string) =>
        (await gateway.staff('/api/v1/subjects/lookup', { body: { identities: { user } } })).body
      deepEqual([(await lookUp('u-1')).opt_out, (await lookUp('u-3')).opt_out], [true, false])
      const { handle } = await lookUp('u-3')
      equal((await gateway.staff(`/api/v1/subjects/${handle}/disclosures`)).body.disclosures.length, 6)
    },
    'the same message twice is one event, also after a restart': async (world) => {
      const partner = await world.partner()
      const gateway = await world.gateway({ contracts: [webhookContract('northwind', partner.origin)] })
      equal((await gateway.send([bought('u-1', 'm-1')])).status, 200)
      await gateway.settled()
      await gateway.stop()
      await gateway.start()
      equal((await gateway.send([bought('u-1', 'm-1'), bought('u-1', 'm-2')])).status, 200)
      await gateway.settled()
      const { events } = (await gateway.staff('/api/v1/accounting')).body
      deepEqual([events.accepted, events.duplicate], [2, 1])
    },
  },
}

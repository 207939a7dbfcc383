/** A replication or inspection tool holds a read transaction on the keys' database while somebody is erased. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { webhookContract } from '../../support/config-folder.ts'
import { purchase } from '../../support/purchase.ts'
import type { Served } from '../harness/served.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

async function bought(world: World): Promise<{ readonly gateway: Served; readonly handle: string }> {
  const partner = await world.partner()
  const gateway = await world.gateway({ contracts: [webhookContract('northwind', partner.origin)] })
  equal((await gateway.send([purchase({ userId: 'u-1' })])).status, 200)
  await gateway.settled()
  const { handle } = (await gateway.staff('/api/v1/subjects/lookup', { body: { identities: { user: 'u-1' } } })).body
  return { gateway, handle }
}
const erase = ({ gateway, handle }: { gateway: Served; handle: string }) =>
  gateway.staff(`/api/v1/subjects/${handle}/erasure`, { body: { confirm: 'erase' } })

export const world: WorldCase = {
  source: 'benbjohnson/litestream#1536 and #724: tools that hold a read transaction for long',
  faults: {
    '19': async (world) => {
      const made = await bought(world)
      for (const file of ['keys/subjects.db', 'choices.db']) {
        const reader = new DatabaseSync(join(made.gateway.data, file), { readOnly: true })
        world.after(() => reader.close())
        reader.exec('BEGIN')
        reader.prepare('SELECT count(*) AS n FROM sqlite_schema').get()
      }
      const { status, body } = await erase(made)
      deepEqual([status, body.keys_destroyed, body.recipients.length], [200, 1, 1])
      // Asked again while the reader is still there: what it counted is not forgotten.
      const again = await erase(made)
      equal(again.status, 200)
      ok(again.body.keys_destroyed <= 1)
    },
  },
  neighbours: {
    'without a reader an erasure destroys the key and names the recipient': async (world) => {
      const { status, body } = await erase(await bought(world))
      deepEqual([status, body.keys_destroyed, body.recipients.length], [200, 1, 1])
    },
  },
}

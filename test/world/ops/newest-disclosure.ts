/** The recipe of docs/ops.md for "why did X get Y" answers with the newest record. */
import { ok, strictEqual } from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { webhookContract } from '../../support/config-folder.ts'
import type { Served } from '../harness/served.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

async function sent(world: World): Promise<Served> {
  const partner = await world.partner()
  const gateway = await world.gateway({ contracts: [webhookContract('one', partner.origin)] })
  for (const messageId of ['m-1', 'm-2', 'm-3']) {
    const event = {
      type: 'track',
      event: 'Order Completed',
      userId: 'u-1',
      messageId,
      context: { location: { country: 'US' } },
    }
    strictEqual((await gateway.send([event])).status, 200)
    await gateway.settled()
  }
  return gateway
}

export const world: WorldCase = {
  source: 'docs/ops.md, "why did X get Y?"',
  faults: {
    'disclosures-newest': async (world) => {
      const page = await readFile(join(world.tree, 'docs', 'ops.md'), 'utf8')
      const query = /disclosures\?partner=northwind(&[^']*)'/.exec(page)?.[1] ?? ''
      const gateway = await sent(world)
      const all = (await gateway.staff('/api/v1/disclosures?partner=one')).body.items
      const [one] = (await gateway.staff(`/api/v1/disclosures?partner=one${query}`)).body.items
      strictEqual(all.length, 3)
      ok(all.every(({ seq }: { seq: number }) => seq <= one.seq))
    },
  },
  neighbours: {
    'without an order records come in the ledger’s own': async (world) => {
      const { items } = (await (await sent(world)).staff('/api/v1/disclosures?partner=one')).body
      ok(items[0].seq < items[2].seq)
    },
  },
}

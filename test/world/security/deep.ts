/** Lists in lists overflowed a recursion: 500 for the whole batch, which SDKs keep and send for ever. CWE-674. */
import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import { webhookContract } from '../../support/config-folder.ts'
import { until } from '../../support/until.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

const good = (id: string): string =>
  JSON.stringify({
    type: 'track',
    event: 'Order Completed',
    userId: 'u1',
    messageId: id,
    context: { location: { country: 'US' } },
    properties: { revenue: 1 },
  })
const bad = (deep: string): string => good('bad').replace('"revenue":1', `"revenue":1,"x":${deep}`)

/** The deep one alone is refused, and the three others arrive. */
async function alone(world: World, deep: string): Promise<void> {
  const partner = await world.partner()
  const gateway = await world.gateway({ contracts: [webhookContract('p0', partner.origin)] })
  const body = `{"batch":[${good('m1')},${bad(deep)},${good('m2')},${good('m3')}]}`
  const answer = await gateway.call('/v1/batch', {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json' },
  })
  strictEqual(answer.status, 200)
  deepStrictEqual(
    answer.body.rejected.map(({ index }: { index: number }) => index),
    [1],
  )
  await until('three items', () => partner.items().length >= 3)
}

export const world: WorldCase = {
  source: 'CWE-674; docs/errors.md',
  faults: {
    'deep-20000-lists': (world) => alone(world, '['.repeat(20_000) + ']'.repeat(20_000)),
    'deep-60000-objects': (world) => alone(world, `${'{"a":'.repeat(60_000)}1${'}'.repeat(60_000)}`),
    'deep-context': (world) => alone(world, `0},"context":{"gpp":${'['.repeat(20_000)}${']'.repeat(20_000)}`),
  },
  neighbours: {
    'a few levels are taken': async (world) => {
      const partner = await world.partner()
      const gateway = await world.gateway({ contracts: [webhookContract('p0', partner.origin)] })
      const answer = await gateway.call('/v1/batch', {
        method: 'POST',
        body: `{"batch":[${bad('['.repeat(40) + ']'.repeat(40))}]}`,
      })
      deepStrictEqual([answer.status, answer.body], [200, { success: true }])
    },
  },
}

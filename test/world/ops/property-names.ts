/** Properties that read like a field class. GDPR Art. 5(1)(c); CWE-359. */
import { ok } from 'node:assert/strict'
import { webhookContract } from '../../support/config-folder.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

async function checked(world: World, names: readonly string[]): Promise<string> {
  const properties = Object.fromEntries(names.map((name, index) => [name, `p${index}`]))
  const events = { 'Order Completed': { as: 'purchase', properties } }
  const folder = await world.folder({ contracts: [webhookContract('one', 'https://partner.example', { events })] })
  const { out, err } = await world.sluice(['check', folder.config])
  return `${out}\n${err}`
}
const isTold = (name: string) => async (world: World) =>
  ok((await checked(world, [name])).includes(`properties.${name}`))

export const world: WorldCase = {
  source: 'CWE-359; GDPR Art. 5(1)(c); docs/config.md',
  faults: Object.fromEntries(
    ['customer_email', 'userEmail', 'contact_phone', 'gps_lat', 'uid'].map((name) => [`name-${name}`, isTold(name)]),
  ),
  neighbours: {
    'what is named just like a class is refused': async (world) => {
      for (const name of ['email', 'phone_number', 'lat', 'idfa'])
        ok((await checked(world, [name])).includes(`properties.${name}`), name)
    },
    'words that hold a class within raise no alarm': async (world) => {
      const said = await checked(world, 'platform latency_ms template pipeline fluid_ounces ship_method'.split(' '))
      ok(!said.includes('properties.'), said)
    },
  },
}

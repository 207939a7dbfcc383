/** `sluice partners`, of a folder and of a running gateway. */
import { deepEqual, equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import { PARTNER_TYPES } from '../../src/partners/registry.ts'
import { webhookContract } from '../support/config-folder.ts'
import { startHouse } from '../support/house.ts'
import { sluice } from '../support/sluice.ts'

test('lists every type, and the partners of the shipped folder', async () => {
  const { code, out } = await sluice(['partners', '--json'])
  const { types, partners } = JSON.parse(out)
  equal(code, 0)
  deepEqual(
    types.map(({ type }: { type: string }) => type),
    PARTNER_TYPES.map(({ type }) => type),
  )
  deepEqual(
    partners.map(({ id, role }: { id: string; role: string }) => [id, role]),
    [
      ['acme-analytics', 'service_provider'],
      ['appsflyer', 'third_party'],
      ['northwind', 'third_party'],
    ],
  )
  match(
    (await sluice(['partners'])).out,
    /^partner {2}northwind +Northwind Ads: third_party, for advertising, measurement/m,
  )
})

test('asks a running gateway, and says which partner is stopped', async (t) => {
  const { house } = await startHouse(t, ([partner]) => ({ contracts: [webhookContract('acme', partner!.origin)] }))
  await house.staff('PUT', '/api/v1/partners/acme/stop', { stopped: true })
  const { code, out } = await sluice(['partners', '--gateway', house.gateway.dataUrl])
  equal(code, 0)
  match(out, /^partner {2}acme +Partner acme: third_party, for measurement, in Messenger \(stopped\)$/m)
})

test('a folder that is bad, and a gateway that is not there, are errors', async () => {
  const bad = await sluice(['partners', '--config', 'docs', '--json'])
  deepEqual([bad.code, JSON.parse(bad.out).partners], [1, null])
  const gone = await sluice(['partners', '--gateway', 'http://127.0.0.1:9'])
  equal(gone.code, 1)
  match(gone.err, /no gateway answers/)
})

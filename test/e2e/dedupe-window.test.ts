import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { purchase, startHouse } from '../support/house.ts'

test('the de-duplication window is as long as gateway.yaml says', async (t) => {
  const { house } = await startHouse(t, () => ({ contracts: [], gateway: { intake: { dedupe_max_ids: 1_000 } } }))
  const events = Array.from({ length: 1_500 }, () => purchase({ context: {} }))
  const [first, last] = [events[0]!, events.at(-1)!]
  equal((await house.send(events)).status, 200)
  equal((await house.send([last])).status, 200)
  equal((await house.send([first])).status, 200)
  const { received, accepted, duplicate } = (await house.gateway.totals()).events
  deepEqual({ received, accepted, duplicate }, { received: 1_502, accepted: 1_501, duplicate: 1 })
})

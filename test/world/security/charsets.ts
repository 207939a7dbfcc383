/** Bytes that are not UTF-8: read as what they say they are, or refused; never somebody else's identity. */
import { equal, ok } from 'node:assert/strict'
import { eventText, exactPartners, optOut, US } from '../harness/exact-partners.ts'
import type { WorldCase } from '../harness/world-case.ts'

const LATIN = Buffer.from('{"user":"J\xf6rg-1"}', 'latin1')
const refusedOrRead = (status: number): void =>
  ok(status === 200 || (status >= 400 && status < 500), `answered ${status}`)

export const world: WorldCase = {
  source: 'RFC 8259 §8.1; Encoding Standard, "fatal"; RFC 9110 §8.3.2',
  faults: {
    'charset-opt-out-iso-8859-1': async (world) => {
      const { gateway, send, items } = await exactPartners(world)
      const { status } = await optOut(gateway, LATIN, 'application/json; charset=iso-8859-1')
      refusedOrRead(status)
      await send(`"userId":"Jörg-1",${US}`)
      equal(items().length, status === 200 ? 0 : 1)
    },
    'charset-opt-out-malformed-utf-8': async (world) => {
      const { gateway } = await exactPartners(world)
      const { status } = await optOut(gateway, LATIN)
      ok(status >= 400 && status < 500, `answered ${status}`)
    },
    'charset-event-iso-8859-1': async (world) => {
      const { gateway, items } = await exactPartners(world)
      equal((await optOut(gateway, '{"user":"Jörg-1"}')).status, 200)
      const body = Buffer.from(`{"batch":[${eventText(`"userId":"J\xf6rg-1",${US}`)}]}`, 'latin1')
      for (const type of ['application/json; charset=iso-8859-1', 'application/json'])
        refusedOrRead((await gateway.call('/v1/batch', { body, headers: { 'content-type': type } })).status)
      await gateway.settled()
      equal(items().length, 0)
    },
    'charset-event-beside-others': async (world) => {
      const { gateway, users } = await exactPartners(world)
      const body = Buffer.from(
        `{"batch":[${eventText(`"userId":"J\xf6rg-1",${US}`)},${eventText(`"userId":"ann",${US}`)}]}`,
        'latin1',
      )
      equal((await gateway.call('/v1/batch', { body, headers: { 'content-type': 'application/json' } })).status, 200)
      await gateway.settled()
      equal(users().join(), 'ann')
    },
  },
  neighbours: {
    'UTF-8 is read, said or not, and one person is one person': async (world) => {
      const { gateway, send, items } = await exactPartners(world)
      equal((await optOut(gateway, '{"user":"Jörg-1"}', 'application/json; charset=UTF-8')).status, 200)
      await send(`"userId":"J\\u00f6rg-1",${US}`)
      await send(`"userId":"Jörg-1",${US}`)
      equal(items().length, 0)
      await send(`"userId":"Jorg-1",${US}`)
      equal(items().length, 1)
    },
  },
}

/** Numbers that a double does not hold: the person they name stays the person, the property stays what it was. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { eventText, exactPartners, optOut, US } from '../harness/exact-partners.ts'
import type { WorldCase } from '../harness/world-case.ts'

const BIG = '9007199254740993'
const pathsOf = (partner: { readonly received: readonly { readonly path: string }[] }): string =>
  partner.received.map(({ path }) => path).join(' ')

export const world: WorldCase = {
  source:
    'RFC 8259 §6; tailscale/tailscale#7576, huandu/facebook#19, Kotlin/kotlinx.serialization#3257, dflemstr/rq#162',
  faults: {
    'sdk-1': async (world) => {
      const { gateway, send, webhook, pixel } = await exactPartners(world)
      equal((await optOut(gateway, `{"user":"${BIG}"}`)).status, 200)
      equal((await send(`"userId":${BIG},"messageId":"big",${US}`)).status, 200)
      deepEqual([webhook.received.length, pathsOf(pixel)], [0, ''])
    },
    'sdk-1-leaves-as-it-came': async (world) => {
      const { send, pixel, users } = await exactPartners(world)
      equal((await send(`"userId":${BIG},"messageId":"m",${US}`)).status, 200)
      deepEqual([users()[0], /u=(\d*)/.exec(pathsOf(pixel))?.[1]], [BIG, BIG])
    },
    'sdk-1-opt-out-as-number': async (world) => {
      const { gateway, send, webhook, users } = await exactPartners(world)
      const { status } = await optOut(gateway, `{"user":${BIG}}`)
      ok(status === 200 || status === 422, `the opt-out is answered ${status}`)
      await send(`"userId":"${BIG}",${US}`)
      equal(webhook.received.length, status === 200 ? 0 : 1)
      await send(`"userId":"9007199254740992",${US}`)
      equal(users().at(-1), '9007199254740992', 'nobody else was opted out')
      equal(status, 200)
    },
    'sdk-1d': async (world) => {
      const { send, items, pixel } = await exactPartners(world)
      await send(`"userId":"u-1","messageId":"p1","properties":{"order_id":${BIG},"revenue":${BIG}},${US}`)
      const sent = JSON.stringify(items()[0]) + pathsOf(pixel)
      ok(!sent.includes('9007199254740992'), sent)
      deepEqual((items()[0]?.properties as { order_id?: unknown } | undefined)?.order_id ?? BIG, BIG)
    },
    'sdk-23': async (world) => {
      const { send, items, pixel } = await exactPartners(world)
      await send(`"userId":"u-1","properties":{"revenue":1e400},${US}`)
      ok(!/Infinity|NaN/.test(pathsOf(pixel)), pathsOf(pixel))
      ok(!('value' in ((items()[0]?.properties ?? {}) as object)), 'no revenue is not null revenue')
    },
    'sdk-23-as-an-id': async (world) => {
      const { gateway, users } = await exactPartners(world)
      const answer = await gateway.call('/v1/batch', {
        method: 'POST',
        body: `{"batch":[${eventText(`"userId":1e400,"anonymousId":"a",${US}`)},${eventText(`"userId":"u-2",${US}`)}]}`,
        headers: { 'content-type': 'application/json' },
      })
      await gateway.settled()
      deepEqual([answer.status, answer.body.rejected?.map(({ index }: { index: number }) => index)], [200, [0]])
      deepEqual(users(), ['u-2'])
    },
  },
  neighbours: {
    'small numbers and texts of digits name whom they name': async (world) => {
      const { gateway, send, items, users } = await exactPartners(world)
      await optOut(gateway, '{"user":"4711"}')
      await send(`"userId":4711,${US}`)
      equal(items().length, 0)
      await send(`"userId":4712,${US}`)
      await send(`"userId":"${BIG}",${US}`)
      deepEqual(users(), ['4712', BIG])
    },
    'numbers that a double holds stay numbers': async (world) => {
      const { send, items } = await exactPartners(world)
      await send(
        `"userId":"u","properties":{"order_id":9007199254740991,"revenue":19.989999999999998,"note":-0.5},${US}`,
      )
      deepEqual(items()[0]?.properties, { order_id: 9007199254740991, value: 19.99, note: -0.5 })
    },
    'long digits in a text are text': async (world) => {
      const { send, items } = await exactPartners(world)
      await send(`"userId":"u","properties":{"note":": ${BIG}, 1e400"},${US}`)
      equal((items()[0]?.properties as { note?: string } | undefined)?.note, `: ${BIG}, 1e400`)
    },
  },
}

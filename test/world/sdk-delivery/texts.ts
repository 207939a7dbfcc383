/** A byte order mark, half an emoji, a synonym of gzip, no message id: forms that other programs write. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { eventText, exactPartners, US } from '../harness/exact-partners.ts'
import type { WorldCase } from '../harness/world-case.ts'

const batchOf = (...events: readonly string[]): string => `{"batch":[${events.join()}]}`
const good = (user: string): string => eventText(`"userId":"${user}",${US}`)

export const world: WorldCase = {
  source:
    'RFC 8259 §8.1 and §8.2; RFC 9110 §8.4.1.3; fastify/secure-json-parse#5, n8n-io/n8n#35933, vitorpamplona/amethyst#3254; rudder-server, gateway, fillMessageID',
  faults: {
    'sdk-7': async (world) => {
      const { gateway, users } = await exactPartners(world)
      const body = Buffer.from(`\uFEFF${batchOf(good('u-1'))}`)
      equal((await gateway.call('/v1/batch', { body, headers: { 'content-type': 'application/json' } })).status, 200)
      await gateway.settled()
      equal(users()[0], 'u-1')
    },
    'sdk-22': async (world) => {
      const { send, webhook, pixel } = await exactPartners(world)
      await send(`"userId":"u-1","properties":{"note":"cut \\ud83d","order_id":"\\ude00"},${US}`)
      const sent = webhook.received.map(({ body }) => body).join()
      ok(webhook.received.length === 1 && !/\\ud[89a-f]/i.test(sent), sent)
      ok(!/%ED%A0|%ED%B8/i.test(pixel.received.map(({ path }) => path).join()))
    },
    'sdk-22-in-an-id': async (world) => {
      const { gateway, users } = await exactPartners(world)
      const body = batchOf(eventText(`"userId":"u\\ud83d",${US}`), good('u-2'))
      const answer = await gateway.call('/v1/batch', { body, headers: { 'content-type': 'application/json' } })
      await gateway.settled()
      equal(answer.status, 200)
      deepEqual(users(), ['u-2'])
    },
    'sdk-25': async (world) => {
      const { gateway, items } = await exactPartners(world)
      const headers = { 'content-type': 'application/json', 'content-encoding': 'x-gzip' }
      equal((await gateway.call('/v1/batch', { body: gzipSync(batchOf(good('u-1'))), headers })).status, 200)
      await gateway.settled()
      equal(items().length, 1)
    },
    'sdk-6': async (world) => {
      const { send, items } = await exactPartners(world)
      for (const none of ['null', '""', '[]'])
        equal((await send(`"userId":"u","messageId":${none},${US}`)).status, 200, none)
      equal(items().length, 3)
    },
  },
  neighbours: {
    'a whole emoji leaves whole': async (world) => {
      const { send, items } = await exactPartners(world)
      await send(`"userId":"u","properties":{"note":"\\ud83d\\ude00 é"},${US}`)
      equal((items()[0]?.properties as { note?: string } | undefined)?.note, '😀 é')
    },
    'gzip is gzip, and what is no coding is refused': async (world) => {
      const { gateway, items } = await exactPartners(world)
      const post = (coding: string, body: Buffer) =>
        gateway.call('/v1/batch', { body, headers: { 'content-type': 'application/json', 'content-encoding': coding } })
      equal((await post('gzip', gzipSync(batchOf(good('u-1'))))).status, 200)
      equal((await post('x-unknown', Buffer.from(batchOf(good('u-1'))))).status, 400)
      await gateway.settled()
      equal(items().length, 1)
    },
    'a message id counts once, and one that is too long is refused': async (world) => {
      const { send, items } = await exactPartners(world)
      for (let times = 0; times < 2; times++) equal((await send(`"userId":"u","messageId":"m-1",${US}`)).status, 200)
      equal((await send(`"userId":"u","messageId":"${'m'.repeat(101)}",${US}`)).status, 400)
      equal(items().length, 1)
    },
    'what is no JSON is refused': async (world) => {
      const { gateway } = await exactPartners(world)
      for (const body of ['{"batch":[', '', '{"batch":[01]}', '{1:2}']) {
        const { status } = await gateway.call('/v1/batch', {
          body,
          method: 'POST',
          headers: { 'content-type': 'application/json' },
        })
        equal(status, 400, body)
      }
    },
  },
}

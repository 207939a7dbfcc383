/** Partner types that take batches: one request for several people, each with a decision and a ledger record of its own. */
import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { webhookContract } from '../support/config-folder.ts'
import { purchase, startHouse } from '../support/house.ts'
import type { TestPartner } from '../support/partner.ts'
import { TOO_SLOW, withMoreTime } from '../support/patience.ts'

const TOKEN = { env: 'SHARED_ENVELOPE_TOKEN' }
process.env[TOKEN.env] = 'an-invented-token'

/** For each type that takes batches: its connection, and how to read who is in a request. */
const TYPES = [
  {
    type: 'meta_capi',
    connection: { dataset: '123', token: TOKEN },
    ids: (body: string) => (JSON.parse(body).data as { event_id: string }[]).map(({ event_id: id }) => id),
  },
  {
    type: 'tiktok_events',
    connection: { event_source_id: '7', token: TOKEN },
    ids: (body: string) => (JSON.parse(body).data as { event_id: string }[]).map(({ event_id: id }) => id),
  },
  {
    type: 'snapchat_capi',
    connection: { id: 'snap', token: TOKEN },
    ids: (body: string) => (JSON.parse(body).data as { event_id: string }[]).map(({ event_id: id }) => id),
  },
  {
    type: 'pinterest_capi',
    connection: { ad_account: '5', token: TOKEN },
    ids: (body: string) => (JSON.parse(body).data as { event_id: string }[]).map(({ event_id: id }) => id),
  },
  {
    type: 'webhook',
    connection: { batch: true },
    ids: (body: string) => (JSON.parse(body).batch as { message_id: string }[]).map(({ message_id: id }) => id),
  },
] as const

const person = (userId: string) => ({ ...purchase({ userId }), userId, messageId: `of-${userId}` })

describe('an envelope of several people', () => {
  for (const { type, connection, ids } of TYPES) {
    test(`${type}: they share one request, and who opted out in between is not in it`, async (t) => {
      await withMoreTime(150, async (linger_ms) => {
        const { house, partners } = await startHouse(t, ([partner]) => ({
          contracts: [
            webhookContract('acme', partner!.origin, {
              type,
              events: { 'Order Completed': { as: 'Purchase' } },
              share: { message_id: 'pass', advertising_id: 'pass', ip: [24, 48], time: 'pass' },
              when_restricted: { send: 'nothing' },
              connection:
                type === 'webhook'
                  ? { ...connection, url: `${partner!.origin}/hooks` }
                  : { ...connection, origin: partner!.origin },
              limits: { per_second: 10_000, concurrency: 1, timeout_ms: 20_000, batch: 20, linger_ms },
            }),
          ],
        }))
        const [partner] = partners as [TestPartner]
        partner.answer = { status: 200, body: '{"code":0}' }
        const [first, second, third] = [person('ann'), person('ben'), person('cy')] as const
        const from = performance.now()
        await house.send([first, second, third])
        const out = await house.call('PUT', '/v1/me/choices', { identities: { user: second.userId }, opt_out: true })
        equal(out.status, 200)
        if (performance.now() - from >= linger_ms) return TOO_SLOW
        await house.settled()
        equal(partner.received.length, 1)
        deepEqual(ids(partner.received[0]!.body).toSorted(), [first.messageId, third.messageId].toSorted())

        const { body } = await house.staff('GET', '/api/v1/accounting')
        deepEqual([body.pairs.acme.settled.delivered, body.pairs.acme.withheldBy.choice, body.closes], [2, 1, true])
        return true
      })
    })
  }
})

test('a request refused for one of its events is sent again event by event, and only that one is lost', async (t) => {
  const { house, partners } = await startHouse(t, ([partner]) => ({
    contracts: [
      webhookContract('acme', partner!.origin, {
        events: { 'Order Completed': { as: 'purchase', properties: { bad: 'bad' } } },
        limits: { per_second: 10_000, concurrency: 1, timeout_ms: 20_000, batch: 20, linger_ms: 1_000 },
      }),
    ],
  }))
  const [partner] = partners as [TestPartner]
  partner.answerTo = ({ body }) =>
    body.includes('"bad":true') ? { status: 400, body: 'no' } : { status: 200, body: '' }
  await house.send([person('ann'), { ...person('ben'), properties: { bad: true } }, person('cy')])
  await house.settled()
  const seen = partner.received.map(({ body }) => (JSON.parse(body).batch as unknown[]).length)
  deepEqual(seen, [3, 1, 1, 1])
  const { body } = await house.staff('GET', '/api/v1/accounting')
  deepEqual([body.pairs.acme.settled.delivered, body.pairs.acme.settled.dead, body.closes], [2, 1, true])
})

test('a refused token is not asked about for each event', async (t) => {
  const { house, partners } = await startHouse(t, ([partner]) => ({
    contracts: [
      webhookContract('acme', partner!.origin, {
        limits: { per_second: 10_000, concurrency: 1, timeout_ms: 20_000, batch: 20, linger_ms: 1_000 },
      }),
    ],
  }))
  const [partner] = partners as [TestPartner]
  partner.answer = { status: 401, body: 'no' }
  await house.send([person('ann'), person('ben')])
  await house.settled()
  equal(partner.received.length, 1)
})

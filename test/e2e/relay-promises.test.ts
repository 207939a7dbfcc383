/** The relay under the promises: an opt-out in mid-stream, the ledger first, the simulator's bytes, every type over a socket. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Json } from '../../src/model/brand.ts'
import type { Connection } from '../../src/partners/kit/type.ts'
import { PARTNER_TYPES } from '../../src/partners/registry.ts'
import { type House, startHouse } from '../support/house.ts'
import type { Received, TestPartner } from '../support/partner.ts'
import { CONNECTIONS } from '../support/partner-settings.ts'
import { bidderContract, bidRequest, ONE_LAW, relay } from '../support/relay.ts'
import { OWN_KEY, STRANGER, sampleOf } from '../support/relay-samples.ts'
import { until } from '../support/until.ts'

const disclosuresOf = async (house: House) =>
  (await house.staff('GET', '/api/v1/accounting')).body.relayed.acme as Readonly<Record<string, number>>

describe('relay: an opt-out in mid-stream', () => {
  test('no request that ignores it begins once it is acknowledged, whatever was on its way', async (t) => {
    const { house, partners } = await startHouse(t, ([partner]) => ({
      contracts: [
        bidderContract('acme', partner!.origin, { limits: { per_second: 10_000, concurrency: 1, timeout_ms: 60_000 } }),
      ],
    }))
    const partner = partners[0] as TestPartner
    partner.answer = { status: 204, body: '' }
    const device = bidRequest().device as { ifa: string; ext: object }
    const ask = () =>
      relay(house, 'acme/bid', bidRequest({ tmax: 60_000 }, { ifa: device.ifa, ext: device.ext }, { id: 'ann' }))
    equal((await ask()).status, 204)
    const named = (received: Received) => received.body.includes(device.ifa)
    // One connection: the others wait behind it, decided and recorded, but not begun.
    partner.hold(true)
    const asked = Array.from({ length: 8 }, ask)
    await until('the first to be at the partner', () => partner.received.length === 2)
    await until('all to be under way', async () => (await disclosuresOf(house)).under_way === 8)
    equal((await house.call('PUT', '/v1/me/choices', { identities: { user: 'ann' }, opt_out: true })).status, 200)
    const before = partner.received.length
    partner.hold(false)
    const answers = await Promise.all(asked)
    ok(answers.every(({ status }) => status === 204))
    equal(partner.received.slice(before).filter(named).length, 0)
    equal(partner.received.length, 9)
    ok(
      partner.received
        .slice(before)
        .every(({ body }) => (JSON.parse(body) as { device: { lmt: number } }).device.lmt === 1),
    )
    await until('the books to close', async () => (await disclosuresOf(house)).delivered === 9)
  })
})

describe('relay: the simulator', () => {
  for (const choice of ['none', 'opted_out'] as const) {
    test(`shows the bytes that the partner gets: ${choice}`, async (t) => {
      const { house, partners } = await startHouse(t, ([partner]) => ({
        contracts: [
          bidderContract('acme', partner!.origin, {
            events: { '@relay': { as: 'bid', properties: { 'body.ext.note': 'note', 'query.slot': 'slot' } } },
          }),
        ],
      }))
      const sent = bidRequest()
      if (choice === 'opted_out')
        await house.call('PUT', '/v1/me/choices', { identities: { user: sent.user.id }, opt_out: true })
      await relay(house, 'acme/bid?slot=top', sent, { 'sec-gpc': '0' })
      const { status, body } = await house.staff('POST', '/api/v1/simulate', {
        app: 'messenger-ios',
        partner: 'acme',
        state: { choice },
        relay: { path: '/bid?slot=top', headers: { 'Sec-GPC': '0' }, body: sent },
      })
      equal(status, 200, JSON.stringify(body))
      const [simulated] = body.partners
      const received = partners[0]?.received[0]
      deepEqual(
        [simulated.request.body, new URL(simulated.request.url).pathname + new URL(simulated.request.url).search],
        [received?.body, received?.path],
      )
      ok(simulated.item.endsWith(received!.body))
      equal(partners[0]?.received.length, 1)
    })
  }

  test('says what the relay would answer to what it does not take', async (t) => {
    const { house } = await startHouse(t, ([partner]) => ({ contracts: [bidderContract('acme', partner!.origin)] }))
    const ask = async (asked: object) => {
      const { status, body } = await house.staff('POST', '/api/v1/simulate', {
        app: 'messenger-ios',
        partner: 'acme',
        relay: asked,
      })
      return [status, body.code]
    }
    deepEqual(await ask({ path: '/other', body: {} }), [404, 'ERR_NOT_FOUND'])
    deepEqual(await ask({ path: '/bid', method: 'GET' }), [405, 'ERR_METHOD'])
    deepEqual(await ask({ path: '/bid', body: '{' }), [400, 'ERR_BODY_NOT_JSON'])
  })
})

describe('relay: every type over a socket', () => {
  test('its request arrives at the contract’s place with the contract’s secret, and the answer comes back', async (t) => {
    process.env.KEY = 'the-real-secret'
    t.after(() => delete process.env.KEY)
    const relayed = PARTNER_TYPES.filter(({ redact }) => redact !== undefined)
    const { house, partners } = await startHouse(t, ([partner]) => ({
      // Most types say no country, and this machine's address is in none.
      policy: ONE_LAW,
      contracts: relayed.map((type) =>
        bidderContract(idOf(type.type), partner!.origin, {
          type: type.type,
          share: Object.fromEntries(
            Object.keys(type.abilities)
              .filter((name) => name !== 'property')
              .map((name) => [name, name === 'place' ? 'country' : name === 'ip' ? [24, 0] : 'pass']),
          ),
          when_restricted: { send: 'limited', share: {} },
          connection: connectionAt(type.type, partner!.origin),
        }),
      ),
    }))
    const partner = partners[0] as TestPartner
    for (const type of relayed) {
      const [route] = type.redact!(type.connection.parse(connectionAt(type.type, partner.origin)) as Connection).routes
      const marks = () => 'a1b2c3d4'
      const asked = (sampleOf(route!.query, marks) ?? {}) as Record<string, Json>
      const query = new URLSearchParams(
        Object.entries(asked).map(([name, one]): [string, string] => [name, String(one)]),
      )
      // A bidder's own deadline would be over at once.
      const content = {
        ...(sampleOf(route!.content, marks) as object),
        ...(type.type === 'openrtb26' ? { tmax: 4_000 } : {}),
      }
      const isForm = route!.body === 'form'
      const path = `${idOf(type.type)}${route!.path.replace(/\{(\w+)\}/g, 'their-own')}?${query.toString()}`
      const body = isForm
        ? new URLSearchParams(content as unknown as Record<string, string>).toString()
        : JSON.stringify(content)
      const headers = isForm ? { 'content-type': 'application/x-www-form-urlencoded' } : {}
      partner.received.length = 0
      const answered = await relay(house, path, body, headers, route!.method)
      equal(
        answered.text,
        'OK',
        `${type.type}: ${answered.status} ${answered.text} ${String(answered.headers['x-sluice'])}`,
      )
      const [received] = partner.received
      const shown = JSON.stringify(received)
      equal(received?.path.split('?')[0], route!.to, type.type)
      ok(!shown.includes(STRANGER) && !shown.includes(OWN_KEY) && !shown.includes('{{secret:'), type.type)
      // What a notice is signed with goes with no relayed request.
      if (type.secrets.some((name) => !name.endsWith('*') && !name.startsWith('notices.')))
        ok(shown.includes('the-real-secret'), type.type)
    }
  })
})

function idOf(type: string): string {
  return type.replaceAll('_', '-')
}

function connectionAt(type: string, origin: string): Connection {
  const { headers: _, ...connection } = CONNECTIONS[type]!
  return type === 'openrtb26' ? { ...connection, url: `${origin}/bid` } : { ...connection, origin }
}

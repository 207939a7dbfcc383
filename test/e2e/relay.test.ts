/** A third-party SDK's own requests through a whole gateway: real sockets, real files, the partner on loopback. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startHouse } from '../support/house.ts'
import { bidderContract, bidRequest, relay } from '../support/relay.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests look into requests of many shapes
const bodyOf = (received: { readonly body: string } | undefined): any => JSON.parse(received?.body ?? 'null')

describe('relay: OpenRTB', () => {
  test('an unrestricted request arrives as the contract grants it, and its answer comes back', async (t) => {
    const { house, partners } = await startHouse(t, ([partner]) => ({
      contracts: [bidderContract('acme', partner!.origin)],
    }))
    const [partner] = partners
    partner!.answer = {
      status: 200,
      body: '{"id":"b","seatbid":[]}',
      headers: { 'content-type': 'application/json', 'set-cookie': 'a=b', server: 'x' },
    }
    const sent = bidRequest()
    const answered = await relay(house, 'acme/bid', sent)
    equal(answered.status, 200, answered.text)
    equal(answered.text, '{"id":"b","seatbid":[]}')
    equal(answered.headers['set-cookie'], 'a=b')
    equal(answered.headers.server, undefined)
    const [received] = partner!.received
    equal(received?.path, '/bid')
    const body = bodyOf(received)
    equal(body.device.ifa, sent.device.ifa)
    equal(body.device.ip, '203.0.113.0')
    equal(body.device.ipv6, '2001:db8:1::')
    equal(body.device.ext.ifv, sent.device.ext.ifv)
    deepEqual(Object.keys(body.device.ext).sort(), ['atts', 'ifv'])
    equal(body.device.didsha1, undefined)
    equal(body.user.buyeruid, sent.user.buyeruid)
    deepEqual(body.user.eids, sent.user.eids)
    deepEqual(body.imp, [{ id: '1', banner: { w: 320, h: 50 }, secure: 1, ext: { tid: sent.imp[0].ext.tid } }])
    equal(body.user.keywords, undefined)
    equal(body.ext, undefined)
    equal(body.device.geo.zip, undefined)
    equal(body.device.geo.accuracy, undefined)
    ok(Math.abs(body.device.geo.lat - 30.267) < 0.2)
    const { body: books } = await house.staff('GET', '/api/v1/accounting')
    match(JSON.stringify(books), /"closes":true/)
  })
})

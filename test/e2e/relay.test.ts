/** A third-party SDK's own requests through a whole gateway: real sockets, real files, the partner on loopback. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { WRITE_KEY } from '../support/config-folder.ts'
import { foundIn } from '../support/forms.ts'
import { type House, startHouse } from '../support/house.ts'
import type { Received, TestPartner } from '../support/partner.ts'
import { TOO_SLOW, withMoreTime } from '../support/patience.ts'
import { bidderContract, bidRequest, relay } from '../support/relay.ts'
import { shared } from '../support/shared.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests look into requests of many shapes
const bodyOf = (received: Received | undefined): any => JSON.parse(received?.body ?? 'null')

/** A house with one bidder, and what it received last. */
type Bidder = Awaited<ReturnType<typeof withBidder>>

async function withBidder(t: TestContext, part: object = {}) {
  const { house, partners } = await startHouse(t, ([partner]) => ({
    contracts: [bidderContract('acme', partner!.origin, part)],
  }))
  const partner = partners[0] as TestPartner
  partner.answer = { status: 204, body: '' }
  return { house, partner, last: () => partner.received.at(-1) }
}

/** One house for the tests of a describe that change nothing in it. */
function sharedBidder(): () => Bidder {
  const bidder = shared(withBidder)
  return () => {
    const one = bidder()
    one.partner.received.length = 0
    one.partner.answer = { status: 204, body: '' }
    return one
  }
}

/** Everything in a bid request that says who it is about. */
// biome-ignore lint/suspicious/noExplicitAny: a request of any shape
function identifiersOf({ device, user, source, imp }: any): readonly (string | number)[] {
  return [
    device.ifa,
    device.ext.ifv,
    device.didsha1,
    device.dpidmd5,
    device.ip,
    device.ipv6,
    device.geo.lat,
    device.geo.lon,
    device.geo.zip,
    user.id,
    user.buyeruid,
    user.customdata,
    user.keywords,
    user.data[0].segment[0].id,
    user.eids[0].uids[0].id,
    user.ext.eids[0].uids[0].id,
    user.ext.data.hidden,
    source.tid,
    imp[0].ext.tid,
    device.ext.sensor,
  ]
}

const relayedBooks = async (house: House) => (await house.staff('GET', '/api/v1/accounting')).body.relayed.acme

describe('relay: an OpenRTB bid request', () => {
  const bidder = sharedBidder()

  test('arrives as the contract grants it, and its answer comes back', async () => {
    const { house, partner, last } = bidder()
    partner.answer = { status: 200, body: '{"id":"b","seatbid":[]}', headers: { 'content-type': 'application/json' } }
    const sent = bidRequest()
    const answered = await relay(house, 'acme/bid', sent)
    deepEqual([answered.status, answered.text], [200, '{"id":"b","seatbid":[]}'])
    equal(last()?.path, '/bid')
    const body = bodyOf(last())
    equal(body.device.ifa, sent.device.ifa)
    equal(body.device.ip, '203.0.113.0')
    equal(body.device.ipv6, '2001:db8:1::')
    deepEqual(Object.keys(body.device.ext).sort(), ['atts', 'ifv'])
    equal(body.device.didsha1, undefined)
    deepEqual(body.user.eids, sent.user.eids)
    deepEqual(body.user.ext, { eids: sent.user.ext.eids })
    deepEqual(body.imp, [{ id: '1', banner: { w: 320, h: 50 }, secure: 1, ext: { tid: sent.imp[0].ext.tid } }])
    for (const name of ['keywords', 'kwarray', 'customdata', 'data']) equal(body.user[name], undefined, name)
    equal(body.ext, undefined)
    equal(body.device.lmt, 0)
    equal(body.tmax, sent.tmax)
    deepEqual(await relayedBooks(house), {
      relayed: 1,
      under_way: 0,
      delivered: 1,
      refused: 0,
      withheld: 0,
      failed: 0,
      unresolved: 0,
      closes: true,
    })
  })

  test('a person who never sent an event is told of what was relayed, and erased like any other', async () => {
    const { house } = bidder()
    const sent = bidRequest()
    sent.device.ifa = '9E92078A-8246-4BA4-AE5B-76104861E7DC'
    sent.device.ext.ifv = '9F92078A-8246-4BA4-AE5B-76104861E7DC'
    sent.user.id = 'a-user-who-never-sent-an-event'
    const recipients = async () => {
      const { body } = await house.staff('POST', '/api/v1/subjects/lookup', {
        identities: { vendor_id: sent.device.ext.ifv, advertising_id: sent.device.ifa },
      })
      return {
        handle: body.handle,
        told: (await house.staff('GET', `/api/v1/subjects/${body.handle}/disclosures`)).body.recipients,
      }
    }
    await relay(house, 'acme/bid', sent)
    const { handle, told } = await recipients()
    deepEqual(
      told.map(({ partner, disclosures }: Record<string, unknown>) => [partner, disclosures]),
      [['acme', 1]],
    )
    const erased = await house.staff('POST', `/api/v1/subjects/${handle}/erasure`, {
      confirm: 'erase',
      accounts: 'include',
    })
    deepEqual([erased.body.keys_destroyed, erased.body.recipients.length], [1, 1])
    deepEqual((await recipients()).told, [])
  })

  test('both geo objects are coarsened by one decision, without the quality of the true position', async () => {
    const { house, last } = bidder()
    await relay(house, 'acme/bid', bidRequest())
    const { device, user } = bodyOf(last())
    for (const geo of [device.geo, user.geo]) {
      ok(Math.abs(geo.lat - 30.3) < 0.2)
      for (const name of ['zip', 'type', 'accuracy']) equal(geo[name], undefined, name)
    }
    ok(foundIn(JSON.stringify([device, user]), [30.267153, -97.743057]) === undefined)
    deepEqual([device.geo.city, device.geo.metro, device.geo.country], ['Austin', '635', 'USA'])
  })

  test('a coordinate that rounding leaves as it is, is no finer for it', async () => {
    const { house, last } = bidder()
    await relay(house, 'acme/bid', bidRequest({}, { geo: { lat: -85.34321, lon: 179.999, country: 'USA' } }))
    const { geo } = bodyOf(last()).device
    ok(geo.lat !== -85.34321 && geo.lon !== 179.999)
  })

  test('of a person who opted out nothing that names them arrives, in whatever form, and every flag says so', async () => {
    const { house, last } = bidder()
    const sent = bidRequest()
    await house.call('PUT', '/v1/me/choices', { identities: { user: sent.user.id }, opt_out: true })
    await relay(house, 'acme/bid', sent)
    const received = last()
    equal(foundIn(JSON.stringify(received), identifiersOf(sent)), undefined)
    const body = bodyOf(received)
    deepEqual([body.device.lmt, body.device.dnt, body.device.ext.atts, body.regs.us_privacy], [1, 1, 2, '1YYN'])
    deepEqual(body.device.geo, { country: 'USA' })
    equal(body.device.ip, '203.0.0.0')
    equal(body.device.make, 'Apple')
    equal(body.device.model, undefined)
    deepEqual(body.user.geo, { country: 'USA' })
    deepEqual(Object.keys(body.user), ['geo'])
  })

  test('an opt-out by any identity counts: the device’s own, or one that was seen beside it before', async () => {
    const { house, last } = bidder()
    const sent = bidRequest()
    await relay(house, 'acme/bid', sent)
    await house.call('PUT', '/v1/me/choices', { identities: { vendor_id: sent.device.ext.ifv }, opt_out: true })
    await relay(house, 'acme/bid', bidRequest({}, { ifa: sent.device.ifa, ext: { atts: 3 } }, { id: 'someone-new' }))
    equal(bodyOf(last()).device.ifa, undefined)
  })

  test('without an identity that a choice could match it counts as restricted', async () => {
    const { house, last } = bidder()
    const device = { ifa: undefined, ext: { atts: 3 }, geo: { country: 'USA', lat: 30.267153, lon: -97.743057 } }
    await relay(house, 'acme/bid', bidRequest({}, device, { id: undefined }))
    const body = bodyOf(last())
    deepEqual(
      [body.device.lmt, body.user?.buyeruid, body.user?.eids, body.device.geo],
      [1, undefined, undefined, { country: 'USA' }],
    )
  })

  test('coppa=1 is contextual: no id of any kind, the country stays; a known child’s request goes nowhere', async () => {
    const { house, partner, last } = bidder()
    const sent = bidRequest({ regs: { coppa: 1 } })
    await relay(house, 'acme/bid', sent)
    equal(foundIn(JSON.stringify(last()), identifiersOf(sent)), undefined)
    const body = bodyOf(last())
    deepEqual(
      [body.regs.coppa, body.device.geo, body.device.ip, body.device.lmt],
      [1, { country: 'USA' }, undefined, 1],
    )
    const child = bidRequest()
    await house.call('PUT', '/v1/me/choices', { identities: { user: child.user.id }, opt_out: true, child: true })
    const before = partner.received.length
    const answered = await relay(house, 'acme/bid', child)
    deepEqual([answered.status, answered.headers['x-sluice'], answered.text], [204, 'withheld(child)', ''])
    equal(partner.received.length, before)
  })

  test('consent strings and GPC stay; a limit sticks to the device', async () => {
    const { house, last } = bidder()
    const gpp = 'DBABTA~1YNN'
    const sent = bidRequest({ regs: { gpp, gpp_sid: [6], ext: {} } })
    await relay(house, 'acme/bid', sent, { 'sec-gpc': '1' })
    const body = bodyOf(last())
    deepEqual([body.regs.gpp, body.regs.gpp_sid, body.regs.ext.gpc, last()?.headers['sec-gpc']], [gpp, [6], '1', '1'])
    equal(body.device.ifa, undefined)
    const limited = bidRequest({}, { lmt: 1 })
    await relay(house, 'acme/bid', limited)
    await relay(house, 'acme/bid', bidRequest({}, { ifa: limited.device.ifa, lmt: undefined, ext: {} }))
    deepEqual([bodyOf(last()).device.lmt, bodyOf(last()).device.ifa], [1, undefined])
  })

  test('a malformed signal denies', async () => {
    const { house, last } = bidder()
    await relay(house, 'acme/bid', bidRequest({ regs: { us_privacy: '1YY' } }))
    const { device, regs } = bodyOf(last())
    deepEqual([device.ifa, device.lmt, regs.us_privacy], [undefined, 1, '1YYN'])
  })

  test('what the contract names passes at its place, and nothing beside it', async (t) => {
    const { house, last } = await withBidder(t, {
      events: {
        '@relay': {
          as: 'bid',
          properties: {
            'body.ext.note': 'note',
            'body.imp[].ext.prebid.storedrequest': 'storedrequest',
            'body.user.data[].segment[].id': 'id',
            'query.slot': 'slot',
            'header.x-tag': 'x-tag',
          },
        },
      },
    })
    await relay(house, 'acme/bid?slot=top&token=secret-token', bidRequest(), { 'x-tag': 'tag-1', 'x-other': 'other' })
    const body = bodyOf(last())
    deepEqual(body.ext, { note: 'top-ext-note' })
    deepEqual(body.imp[0].ext.prebid, { storedrequest: 'sr-1' })
    deepEqual(body.user.data, [{ segment: [{ id: 'seg-1-secret' }] }])
    deepEqual(
      [last()?.path, last()?.headers['x-tag'], last()?.headers['x-other']],
      ['/bid?slot=top', 'tag-1', undefined],
    )
  })

  test('an id that also stands where something plain should is caught by the guard, and nothing goes', async () => {
    const { house, partner } = bidder()
    const sent = bidRequest({}, { lmt: 1 })
    sent.imp[0].tagid = sent.device.ifa.toLowerCase()
    const answered = await relay(house, 'acme/bid', sent)
    deepEqual([answered.status, answered.headers['x-sluice'], partner.received.length], [204, 'withheld(guard)', 0])
  })

  test('where the contract does not name @relay, or sends nothing on a restriction, it is withheld as final', async (t) => {
    const { house, partner } = await withBidder(t, {
      events: { 'Order Completed': {} },
      when_restricted: { send: 'nothing' },
    })
    const answered = await relay(house, 'acme/bid', bidRequest())
    deepEqual([answered.status, answered.headers['x-sluice']], [204, 'withheld(event_not_granted)'])
    equal(partner.received.length, 0)
    deepEqual((await relayedBooks(house)).withheld, 1)
  })

  test('the kill switch is in force when its call returns', async (t) => {
    const { house, partner } = await withBidder(t)
    await house.staff('PUT', '/api/v1/partners/acme/stop', { stopped: true })
    equal((await relay(house, 'acme/bid', bidRequest())).headers['x-sluice'], 'withheld(stopped)')
    equal(partner.received.length, 0)
  })
})

describe('relay: what the data plane takes', () => {
  const bidder = sharedBidder()

  test('the write key in a header, in the path or in Basic; it goes no further', async () => {
    const { house, partner } = bidder()
    const basic = `Basic ${Buffer.from(`${WRITE_KEY}:`).toString('base64')}`
    await relay(house, 'acme/bid', bidRequest())
    await relay(house, `acme/k/${WRITE_KEY}/bid`, bidRequest(), { 'x-sluice-write-key': '' })
    await relay(house, 'acme/bid', bidRequest(), { 'x-sluice-write-key': '', authorization: basic })
    equal(partner.received.length, 3)
    ok(
      partner.received.every(
        (one) => !JSON.stringify(one).includes(WRITE_KEY) && one.headers.authorization === undefined,
      ),
    )
    const missing = await relay(house, 'acme/bid', bidRequest(), { 'x-sluice-write-key': '' })
    deepEqual([missing.status, JSON.parse(missing.text).code], [400, 'ERR_KEY_MISSING'])
  })

  test('nothing but the type’s paths and methods', async () => {
    const { house, partner } = bidder()
    const code = async (path: string, method: 'GET' | 'POST' = 'POST') => {
      const { status, text } = await relay(house, path, bidRequest(), {}, method)
      return [status, JSON.parse(text).code]
    }
    deepEqual(await code('acme/other'), [404, 'ERR_NOT_FOUND'])
    deepEqual(await code('acme/bid%2F..'), [404, 'ERR_NOT_FOUND'])
    deepEqual(await code('nobody/bid'), [404, 'ERR_NOT_FOUND'])
    deepEqual(await code('acme/bid', 'GET'), [405, 'ERR_METHOD'])
    equal(partner.received.length, 0)
  })

  test('a body that cannot be read is 400, one that is too large too, gzip is taken', async () => {
    const { gzipSync } = await import('node:zlib')
    const { house, partner } = bidder()
    const bad = await relay(house, 'acme/bid', '{"id":')
    deepEqual([bad.status, JSON.parse(bad.text).code], [400, 'ERR_BODY_NOT_JSON'])
    const large = await relay(house, 'acme/bid', JSON.stringify({ ...bidRequest(), pad: 'x'.repeat(600_000) }))
    deepEqual([large.status, JSON.parse(large.text).code], [400, 'ERR_BODY_TOO_LARGE'])
    const deep = await relay(house, 'acme/bid', `{"ext":${'['.repeat(40)}${']'.repeat(40)}}`)
    deepEqual([deep.status, JSON.parse(deep.text).code], [400, 'ERR_RELAY_SIZE'])
    const { request } = await import('undici')
    const packed = await request(`${house.gateway.dataUrl}/v1/relay/acme/bid`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip', 'x-sluice-write-key': WRITE_KEY },
      body: gzipSync(JSON.stringify(bidRequest())),
    })
    await packed.body.dump()
    deepEqual([packed.statusCode, partner.received.length], [204, 1])
  })

  test('headers are built, not copied, in both directions', async () => {
    const { house, partner, last } = bidder()
    partner.answer = {
      status: 200,
      body: '{}',
      headers: {
        'content-type': 'application/json',
        'set-cookie': 'id=1',
        server: 'x',
        'x-internal': 'y',
        location: '/',
      },
    }
    const free = await relay(house, 'acme/bid', bidRequest(), {
      cookie: 'uid=77',
      'x-forwarded-for': '203.0.113.9',
      forwarded: 'for=203.0.113.9',
      via: '1.1 x',
      referer: 'https://x.example/',
    })
    const names = Object.keys(last()?.headers ?? {}).sort()
    deepEqual(names, ['connection', 'content-length', 'content-type', 'host', 'x-openrtb-version'])
    for (const name of ['set-cookie', 'server', 'x-internal', 'location']) equal(free.headers[name], undefined)
    const limited = await relay(house, 'acme/bid', bidRequest({}, { lmt: 1 }))
    equal(limited.headers['set-cookie'], undefined)
  })
})

describe('relay: a partner on a bad day', () => {
  test('slow: 504 when the caller’s own time is up, and the outcome is unknown', async (t) => {
    const { house, partner } = await withBidder(t, {
      limits: { per_second: 10_000, concurrency: 8, timeout_ms: 30_000 },
    })
    partner.hold(true)
    await withMoreTime(150, async (tmax) => {
      const from = performance.now()
      const answered = await relay(house, 'acme/bid', bidRequest({ tmax }))
      deepEqual([answered.status, JSON.parse(answered.text).code], [504, 'ERR_PARTNER_SLOW'])
      ok(performance.now() - from < 29_000, 'the caller’s time, not the contract’s')
      return partner.received.length === 0 ? TOO_SLOW : true
    })
    equal((await relayedBooks(house)).unresolved, 1)
  })

  test('down: 502 at once; after several in a row without even trying', async (t) => {
    const { house, partner } = await withBidder(t)
    await partner.goDown()
    for (let n = 0; n < 6; n++) {
      const answered = await relay(house, 'acme/bid', bidRequest())
      deepEqual([answered.status, JSON.parse(answered.text).code], [502, 'ERR_PARTNER_DOWN'])
    }
    const books = await relayedBooks(house)
    deepEqual([books.failed, books.closes], [6, true])
  })

  test('a redirect is not followed, nor handed on', async (t) => {
    const { house, partner } = await withBidder(t)
    partner.answer = { status: 302, body: '', headers: { location: 'http://127.0.0.1:1/steal' } }
    const answered = await relay(house, 'acme/bid', bidRequest())
    deepEqual(
      [answered.status, JSON.parse(answered.text).code, answered.headers.location],
      [502, 'ERR_PARTNER_REDIRECT', undefined],
    )
    equal(partner.received.length, 1)
  })

  test('an answer without end is cut off, and the connection with it', async (t) => {
    const { house, partner } = await withBidder(t)
    partner.answer = { status: 200, body: 'x'.repeat(6 * 1024 * 1024), headers: { 'content-type': 'text/plain' } }
    await relay(house, 'acme/bid', bidRequest()).then(
      () => ok(false, 'the whole answer came'),
      (error: unknown) => match(String(error), /terminated|aborted|closed|reset|SocketError/i),
    )
    partner.answer = { status: 200, body: 'x'.repeat(2 * 1024 * 1024), headers: { 'content-type': 'text/plain' } }
    equal((await relay(house, 'acme/bid', bidRequest())).text.length, 2 * 1024 * 1024)
  })
})

describe('relay: what is under way', () => {
  test('an answer is handed on as it comes, not when it is whole', async (t) => {
    const { createServer } = await import('node:http')
    const { request } = await import('undici')
    let end: () => void = () => {}
    const server = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' })
      response.write('first')
      end = () => response.end('second')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    t.after(() => {
      server.closeAllConnections()
      server.close()
    })
    const { port } = server.address() as { port: number }
    const { house } = await startHouse(
      t,
      () => ({ contracts: [bidderContract('acme', `http://127.0.0.1:${port}`)] }),
      0,
    )
    const { body } = await request(`${house.gateway.dataUrl}/v1/relay/acme/bid`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-sluice-write-key': WRITE_KEY },
      body: JSON.stringify(bidRequest()),
    })
    let text = ''
    for await (const chunk of body) {
      text += String(chunk)
      if (text === 'first') end()
    }
    equal(text, 'firstsecond')
  })

  test('events of several people in one request are refused: each has choices of their own', async (t) => {
    const { house, partners } = await startHouse(t, ([partner]) => ({
      contracts: [
        bidderContract('acme', partner!.origin, {
          type: 'meta_capi',
          share: { user_id: 'pass', message_id: 'pass', time: 'pass' },
          when_restricted: { send: 'limited', share: {} },
          connection: { dataset: '123', token: { env: 'PATH' }, origin: partner!.origin },
        }),
      ],
    }))
    const event = (external_id: string) => ({
      event_name: 'Purchase',
      event_time: 1_767_323_045,
      user_data: { external_id, country: 'us' },
    })
    const ask = (...people: readonly string[]) => relay(house, 'acme/v25.0/123/events', { data: people.map(event) })
    const mixed = await ask('ann', 'ben')
    deepEqual([mixed.status, JSON.parse(mixed.text).code], [400, 'ERR_RELAY_PEOPLE'])
    equal(partners[0]?.received.length, 0)
    equal((await ask('ann', 'ann')).status, 200)
  })

  test('beyond what the contract allows a second the caller is told to wait', async (t) => {
    const { house, partner } = await withBidder(t, { limits: { per_second: 2, concurrency: 8, timeout_ms: 5_000 } })
    const answers = await Promise.all(Array.from({ length: 40 }, () => relay(house, 'acme/bid', bidRequest())))
    const told = answers.filter(({ status }) => status === 429)
    ok(told.length >= 6 && told.every(({ headers }) => headers['retry-after'] !== undefined))
    equal(partner.received.length, answers.length - told.length)
  })
})

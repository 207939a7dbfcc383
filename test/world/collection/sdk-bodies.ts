/**
 * A collection that was gathered afterwards: what public issues, documentation and SDKs' own tests show of bodies, ids, proxies and
 * preflights. Values are theirs where the case hangs on them; each has its address.
 */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { webhookContract } from '../../support/config-folder.ts'
import { exactPartners, optOut, US } from '../harness/exact-partners.ts'
import type { World } from '../harness/world.ts'
import type { Check, WorldCase } from '../harness/world-case.ts'

/** Ids of real systems as their senders write them, and what a reader of doubles makes of each. */
const SNOWFLAKES: readonly (readonly [string, string])[] = [
  ['157963456373623803', 'https://github.com/segmentio/analytics-node/pull/138'],
  ['1161888007138312192', 'https://github.com/IonicaBizau/edit-json-file/issues/63'],
  ['1610521604143693812', 'https://github.com/triggerdotdev/jsonhero-web/issues/144'],
  ['65132411450146196', 'https://github.com/tailscale/tailscale/pull/9585'],
  ['589084071224307838838', 'https://github.com/jsonata-js/jsonata/issues/761'],
]
/** Of sixteen digits, and still exact. */
const HELD: readonly (readonly [string, string])[] = [
  ['5890840712243077', 'https://github.com/jsonata-js/jsonata/issues/761'],
  ['4005002501632047', 'https://github.com/langwatch/langwatch/issues/6982'],
]

const IN_TEXAS = { country: 'US', region: 'TX' }
interface Sample {
  readonly from: string
  /** As its SDK sends it; a location is added so that nothing but the person's word decides. */
  readonly event: { readonly context?: object; readonly [member: string]: unknown }
  /** An identity that an opt-out may name. */
  readonly who: object
}

const SAMPLES: Readonly<Record<string, Sample>> = {
  'rudder-sdk-android, as the documentation has it': {
    from: 'https://github.com/rudderlabs (docs: rudderstack-spec, payload with common fields)',
    event: {
      anonymousId: '7e32188a4dab669f',
      channel: 'mobile',
      context: {
        app: { build: '1', name: 'RudderAndroidClient', namespace: 'com.rudderstack.demo.android', version: '1.0' },
        device: {
          id: '7e32188a4dab669f',
          manufacturer: 'Google',
          model: 'Android SDK built for x86',
          name: 'generic_x86',
          type: 'android',
        },
        library: { name: 'com.rudderstack.android.sdk.core', version: '0.1.4' },
        network: { carrier: 'Android', bluetooth: false, cellular: true, wifi: true },
        os: { name: 'Android', version: '9' },
        screen: { density: 420, height: 1794, width: 1080 },
        traits: { anonymousId: '7e32188a4dab669f' },
      },
      event: 'E',
      integrations: { All: true },
      messageId: '1578564113557-af022c68-429e-4af4-b99b-2b9174056383',
      properties: { review_id: 'review_id_1', rating: 2 },
      originalTimestamp: '2020-01-09T10:01:53.558Z',
      type: 'track',
    },
    who: { anonymous: '7e32188a4dab669f' },
  },
  'rudder-server’s own event, with what the server adds': {
    from: 'https://github.com/rudderlabs/rudder-server (event-schema tests)',
    event: {
      type: 'track',
      event: 'E',
      sentAt: '2019-08-12T05:08:30.909Z',
      channel: 'android-sdk',
      context: { device: { id: '49e4bdd1c280bc00' }, user_agent: 'Dalvik/2.1.0' },
      rudderId: '90ca6da0-292e-4e79-9880-f8009e0ae4a3',
      messageId: 'a82717d0-b939-47bd-9592-59bbbea66c1a',
      properties: { label: 'Demo Label', testMap: { t1: 'a', t2: 4 }, floatVal: 4.501, testArray: [{ id: 'elem1' }] },
      anonymousId: 'anon_id',
      requestIP: '127.0.0.1',
      receivedAt: '2022-06-15T13:51:08.754+05:30',
    },
    who: { anonymous: 'anon_id' },
  },
  'rudder-sdk-ios, with a tracking status that the app may use': {
    from: 'https://github.com/rudderlabs/rudder-sdk-ios (tests)',
    event: {
      messageId: '1669281437-2b75fab9-897d-4570-8d04-28e3367d64b1',
      anonymousId: 'anonymous_id',
      userId: 'testUserId',
      channel: 'mobile',
      event: 'E',
      context: {
        device: {
          attTrackingStatus: 3,
          id: 'b309004c-b562-4b3b-876e-05083b1002a4',
          adTrackingEnabled: true,
          type: 'iOS',
          token: 'your_device_token',
        },
        os: { name: 'iOS', version: '16.0' },
        timezone: 'Asia/Kolkata',
        sessionId: 1669281353,
        externalId: [{ type: 'brazeExternalId', id: 'some_external_id_1' }],
      },
      type: 'track',
      integrations: { All: true },
    },
    who: { user: 'testUserId' },
  },
  'RudderStack’s Unity SDK, with properties of its own': {
    from: 'https://github.com/rudderlabs/rudder-transformer (tests)',
    event: {
      messageId: '1572589334-cdf42191-22a5-47fe-8839-311c3c5d988a',
      anonymousId: '0e823111-48cf-4196-b77d-48d3ee3f048a',
      channel: 'mobile',
      event: 'E',
      context: { device: { id: '0e823111-48cf-4196-b77d-48d3ee3f048a', name: 'Arnabâ€™s iPhone' }, userAgent: 'ios' },
      properties: { test_key_1: 'test_value_1' },
      userProperties: { test_user_key_1: 'test_user_value_1' },
      type: 'track',
    },
    who: { anonymous: '0e823111-48cf-4196-b77d-48d3ee3f048a' },
  },
  'analytics-react-native, where a proxy recorded it': {
    from: 'https://github.com/segmentio/analytics-react-native (issue on push tracking)',
    event: {
      anonymousId: '5B00EE35-3598-4E2D-8D5A-692BE8C048F5',
      context: {
        device: {
          id: '520F6985-E8D5-4809-88A3-C1938D483330',
          manufacturer: 'Apple',
          model: 'x86_64',
          name: 'iPhone',
          type: 'ios',
          attTrackingStatus: 3,
        },
        library: { name: 'analytics-react-native', version: '1.5.0' },
        os: { name: 'iOS', version: '14.4' },
        traits: {},
      },
      messageId: 'CFF7ED8D-566A-4518-A3A3-1B683583FB2E',
      event: 'E',
      originalTimestamp: '2021-09-27T21:06:22.823Z',
      receivedAt: '2021-09-27T21:06:39.472Z',
      type: 'track',
      writeKey: 'test-write-key',
    },
    who: { vendor_id: '520F6985-E8D5-4809-88A3-C1938D483330' },
  },
}

/** Taken and delivered; after an opt-out of whom it names, not delivered. */
const sample =
  ({ event, who }: Sample): Check =>
  async (world: World) => {
    const { gateway, webhook } = await exactPartners(world)
    const send = (messageId: string) =>
      gateway.send([{ ...event, messageId, context: { ...event.context, location: IN_TEXAS } }])
    equal((await send(`${event.messageId}`)).body.success, true)
    await gateway.settled()
    equal(webhook.items().length, 1)
    equal((await optOut(gateway, JSON.stringify(who))).status, 200)
    equal((await send('second')).status, 200)
    await gateway.settled()
    equal(webhook.items().length, 1)
  }

/** The address that an event without one has at a partner. */
async function addressBehind(world: World, proxies: readonly string[], forwarded: string): Promise<unknown> {
  const partner = await world.partner()
  const gateway = await world.gateway({
    contracts: [
      webhookContract('acme', partner.origin, {
        share: { message_id: 'pass', ip: 'pass' },
        when_restricted: { send: 'nothing' },
        events: { E: { as: 'e' } },
      }),
    ],
    gateway: { trusted_proxies: ['127.0.0.1', ...proxies] },
  })
  const event = { type: 'track', event: 'E', userId: 'u-1', context: { location: IN_TEXAS } }
  equal((await gateway.send([event], { headers: { 'x-forwarded-for': forwarded } })).status, 200)
  await gateway.settled()
  return partner.items()[0]?.ip
}

export const world: WorldCase = {
  source:
    'the addresses beside each entry; https://github.com/nst/JSONTestSuite for the reader itself (src/model/json-text.test.ts)',
  faults: {
    'collection-ids-of-real-systems': async (world) => {
      const { send, users } = await exactPartners(world)
      for (const [id] of SNOWFLAKES) equal((await send(`"userId":${id},${US}`)).status, 200)
      deepEqual(
        users(),
        SNOWFLAKES.map(([id]) => id),
      )
    },
    'collection-ids-of-real-systems-opted-out': async (world) => {
      const { gateway, send, users } = await exactPartners(world)
      for (const [id] of SNOWFLAKES) equal((await optOut(gateway, `{"user":"${id}"}`)).status, 200)
      for (const [id] of SNOWFLAKES) await send(`"userId":${id},${US}`)
      deepEqual(users(), [])
    },
    // un33k/django-ipware#87, DataDog/dd-trace-php#1672, akka/akka-http#3790
    'collection-proxies-that-write-ports': async (world) => {
      equal(await addressBehind(world, ['10.0.0.6'], '177.139.233.139:17085, 10.0.0.6'), '177.139.233.139')
      equal(await addressBehind(world, [], '203.0.113.1:99999'), '203.0.113.1')
    },
    // PostHog/posthog#20715, keen/keen-tracking.js#75, lidge-jun/opencodex#1773
    'collection-preflights': async (world) => {
      const { gateway } = await exactPartners(world)
      for (const asked of ['baggage,content-type,sentry-trace', 'keen-sdk', 'traceparent,tracestate,x-retry-count']) {
        const { headers } = await gateway.call('/v1/batch', {
          method: 'OPTIONS',
          headers: {
            origin: 'http://shop.example',
            'access-control-request-method': 'POST',
            'access-control-request-headers': asked,
          },
        })
        equal(headers['access-control-allow-headers'], asked)
      }
    },
    // Wikidata/primarysources#66, e-mission/e-mission-docs#333: a name in Latin-1 that nothing announces
    'collection-latin-1-unannounced': async (world) => {
      const { gateway, users } = await exactPartners(world)
      const events = ['Jean-Fr\xe9d\xe9ric', 'anna'].map(
        (user) => `{"type":"track","event":"E","userId":"${user}",${US}}`,
      )
      const body = Buffer.from(`{"batch":[${events}]}`, 'latin1')
      equal((await gateway.call('/v1/batch', { body, headers: { 'content-type': 'application/json' } })).status, 200)
      await gateway.settled()
      deepEqual(users(), ['anna'])
    },
    // MotusDev/Motus-TO-DO#25: UTF-8 under a header that says ISO-8859-1. Read as either it may be somebody else's id
    'collection-utf-8-that-says-latin-1': async (world) => {
      const { gateway } = await exactPartners(world)
      const { status } = await optOut(gateway, '{"user":"Québec"}', 'application/json;charset=ISO-8859-1')
      equal(status, 400)
    },
    // segmentio/analytics-react-native#1051 and #1056: a host that got a slash, joined to a path that has one
    'collection-joined-slashes': async (world) => {
      const { gateway, webhook } = await exactPartners(world)
      for (const path of ['/v1//b', '/v1/b/', '//v1//batch/']) {
        const body = { batch: [{ type: 'track', event: 'E', userId: 'u-1', context: { location: IN_TEXAS } }] }
        equal((await gateway.call(path, { body })).status, 200, path)
      }
      await gateway.settled()
      equal(webhook.items().length, 3)
    },
  },
  neighbours: {
    'ids of sixteen digits that a double holds': async (world) => {
      const { send, users } = await exactPartners(world)
      for (const [id] of HELD) equal((await send(`"userId":${id},${US}`)).status, 200)
      deepEqual(
        users(),
        HELD.map(([id]) => id),
      )
    },
    ...Object.fromEntries(Object.entries(SAMPLES).map(([name, one]) => [name, sample(one)])),
    // rudderlabs/rudder-sdk-android#359: one event without ids blocked all others for ever
    'an event without ids is refused alone': async (world) => {
      const { gateway, webhook } = await exactPartners(world)
      const context = { location: IN_TEXAS }
      const nobody = {
        type: 'track',
        event: 'E',
        anonymousId: '',
        userId: '',
        context: { device: { id: '2fd276bf-4ebc-4fe5-bd31-3477726e7229' }, traits: { anonymousId: '', email: '' } },
      }
      const { status, body } = await gateway.send([nobody, { type: 'track', event: 'E', userId: 'u-1', context }])
      deepEqual([status, body.rejected], [200, [{ index: 0, code: 'EVENT_NO_ID' }]])
      await gateway.settled()
      equal(webhook.items().length, 1)
    },
    // segmentio/analytics-kotlin, GZipCompressionTest: gzip, and a body that is no batch at the batch's path
    'a compressed body that is no batch is refused, and said to be': async (world) => {
      const { gateway } = await exactPartners(world)
      const body = gzipSync('{"userId":"test-user-123","event":"Page Viewed","properties":{"page":"Login"}}')
      const answer = await gateway.call('/v1/b', {
        body,
        headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      })
      deepEqual([answer.status, answer.body.code], [400, 'ERR_BATCH_EMPTY'])
    },
    // dotnet/aspnetcore#36537: a header that is no list of addresses
    'a forwarded header that is spoilt names no address': async (world) => {
      const address = await addressBehind(world, [], '"2.2.2.2, 1.1.1.1"')
      ok(address === undefined || address === '1.1.1.1', String(address))
    },
  },
}

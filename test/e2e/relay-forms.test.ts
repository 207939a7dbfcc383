/** Forms of a partner's own SDK through a whole gateway: urlencoded, gzipped, multipart, and the same fields as JSON. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { request } from 'undici'
import { WRITE_KEY } from '../support/config-folder.ts'
import { foundIn } from '../support/forms.ts'
import { type House, startHouse } from '../support/house.ts'
import type { TestPartner } from '../support/partner.ts'
import { bidderContract, ONE_LAW } from '../support/relay.ts'
import { sharedContext } from '../support/shared.ts'

const BOUNDARY = '3i2ndDfv2rTHiSisAbouNdArYfORhtTPEefj3q2f'
const HOME = 'Europe/Lisbon'

let serial = 0
/** An app event of an Android phone whose owner allows tracking; every one has ids of its own. */
function activity(part: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const mark = String(++serial).padStart(12, '0')
  return {
    event: 'CUSTOM_APP_EVENTS',
    advertiser_id: `6d92078a-8246-4ba4-ae5b-${mark}`,
    anon_id: `XZ-anon-${mark}`,
    app_user_id: `user-${mark}`,
    ud: JSON.stringify({ em: 'f'.repeat(52) + mark }),
    extinfo: JSON.stringify([
      'a2',
      'com.example.shop',
      '7',
      '7.1',
      '14.0',
      '',
      'de_DE',
      '',
      '',
      '',
      '',
      '',
      '',
      '',
      '',
      HOME,
    ]),
    custom_events: JSON.stringify([{ _eventName: 'fb_mobile_purchase', note: 'never-named-4711' }]),
    advertiser_tracking_enabled: 'true',
    application_tracking_enabled: 'true',
    ...part,
  }
}

type Fields = Readonly<Record<string, string>>
interface Wired {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer
}
/** @param end how the last delimiter ends: Meta's SDKs leave it open */
function multipart(fields: Fields, end = '--\r\n', file = ''): Wired {
  const parts = Object.entries(fields).map(
    ([name, value]) => `Content-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n--${BOUNDARY}`,
  )
  return {
    headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` },
    body: `--${BOUNDARY}\r\n${file}${parts.join('\r\n')}${end}`,
  }
}
const FILE = `Content-Disposition: form-data; name="custom_events_file"; filename="custom_events_file"\r\nContent-Type: content/unknown\r\n\r\n[{"_eventName":"attached-4711"}]\r\n--${BOUNDARY}\r\n`
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

const KINDS: readonly (readonly [name: string, wire: (fields: Fields) => Wired])[] = [
  ['urlencoded', (fields) => ({ headers: FORM, body: new URLSearchParams(fields).toString() })],
  [
    'urlencoded and gzipped, as Meta’s Android SDK sends it',
    (fields) => ({
      headers: { ...FORM, 'content-encoding': 'gzip' },
      body: gzipSync(new URLSearchParams(fields).toString()),
    }),
  ],
  ['multipart', (fields) => multipart(fields)],
  ['multipart with its end left open, as Meta’s SDKs send it', (fields) => multipart(fields, '\r\n')],
  ['multipart with a file', (fields) => multipart(fields, '\r\n', FILE)],
  [
    'JSON of texts, as Meta’s iOS SDK sends it',
    (fields) => ({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(fields) }),
  ],
]

describe('relay: a form', () => {
  let house: House
  let partner: TestPartner
  const context = sharedContext()
  before(async () => {
    const share = {
      advertising_id: 'pass',
      partner_id: 'pass',
      user_id: 'pass',
      email: 'pass',
      timezone: 'pass',
      os: 'pass',
    }
    const made = await startHouse(context, ([one]) => ({
      policy: ONE_LAW,
      apps: [{ id: 'messenger-ios', name: 'Shop', platform: 'android', write_keys: [WRITE_KEY], retired_keys: [] }],
      contracts: [
        bidderContract('meta', one!.origin, {
          type: 'meta_app_events',
          share,
          when_restricted: { send: 'limited', share: { os: 'reduced' } },
          connection: { app_id: '123', origin: one!.origin },
        }),
        bidderContract('bidder', one!.origin),
      ],
    }))
    house = made.house
    partner = made.partners[0] as TestPartner
  })

  const ask = async ({ headers, body }: Wired, path = 'meta/v25.0/999/activities', more: object = {}) => {
    partner.received.length = 0
    const answered = await request(`${house.gateway.dataUrl}/v1/relay/${path}`, {
      method: 'POST',
      headers: { 'x-sluice-write-key': WRITE_KEY, ...headers, ...more },
      body,
    })
    const text = await answered.body.text()
    return { status: answered.statusCode, text, withheld: answered.headers['x-sluice'], got: partner.received[0] }
  }
  /** The fields of what arrived, whichever way they came. */
  const fieldsOf = (body: string | undefined): Fields =>
    body?.startsWith('{') === true ? (JSON.parse(body) as Fields) : Object.fromEntries(new URLSearchParams(body ?? ''))

  for (const [name, wire] of KINDS) {
    test(`${name}: arrives as the contract grants it`, async () => {
      const sent = activity()
      const { status, got } = await ask(wire(sent))
      equal(status, 200)
      const isJson = name.startsWith('JSON')
      equal(got?.headers['content-type'], isJson ? 'application/json' : FORM['content-type'])
      equal(got?.path, '/v25.0/123/activities')
      const { custom_events, extinfo, ...others } = sent
      deepEqual(fieldsOf(got?.body), {
        ...others,
        custom_events: '[{"_eventName":"fb_mobile_purchase"}]',
        extinfo: extinfo?.replace('de_DE', ''),
      })
      ok(custom_events?.includes('note'))
      ok(!got!.body.includes('attached-4711'))
    })

    const restricted: readonly (readonly [state: string, part: Fields, headers: Fields, query: string])[] = [
      ['opted out', {}, {}, ''],
      ['Global Privacy Control', {}, { 'sec-gpc': '1' }, ''],
      ['tracking limited on the device', { advertiser_tracking_enabled: '0' }, {}, ''],
      ['tracking switched off in the app', { application_tracking_enabled: 'false' }, {}, ''],
      ['Limited Data Use', { data_processing_options: '["LDU"]' }, {}, ''],
      ['a US Privacy string', {}, {}, '?us_privacy=1YYN'],
      ['a malformed US Privacy string', {}, {}, '?us_privacy=1YZ'],
      ['a malformed GPP string', {}, {}, '?gpp=nonsense'],
      ['coppa', {}, {}, '?coppa=1'],
    ]
    for (const [state, part, headers, query] of restricted)
      test(`${name}: nothing of a person arrives, and the flags say so: ${state}`, async () => {
        const sent = activity(part)
        if (state === 'opted out')
          await house.call('PUT', '/v1/me/choices', { identities: { user: sent.app_user_id }, opt_out: true })
        const { status, got } = await ask(wire(sent), `meta/v25.0/999/activities${query}`, headers)
        equal(status, 200)
        const personal = [
          sent.advertiser_id!,
          sent.anon_id!,
          sent.app_user_id!,
          (JSON.parse(sent.ud!) as Fields).em!,
          HOME,
        ]
        equal(foundIn(JSON.stringify(got) + decodeURIComponent(got!.body), personal), undefined)
        const flags = fieldsOf(got?.body)
        deepEqual(
          [flags.advertiser_tracking_enabled, flags.application_tracking_enabled, flags.data_processing_options],
          ['0', '0', '["LDU"]'],
        )
      })

    test(`${name}: a known child's request goes nowhere`, async () => {
      const sent = activity()
      const identities = { user: sent.app_user_id }
      await house.call('PUT', '/v1/me/choices', { identities, opt_out: true, child: true })
      const { withheld, got } = await ask(wire(sent))
      deepEqual([withheld, got], ['withheld(child)', undefined])
    })

    test(`${name}: an id of a restricted person in the place of something plain is caught`, async () => {
      const sent = activity({ advertiser_tracking_enabled: '0' })
      const { withheld, got } = await ask(wire({ ...sent, event: sent.advertiser_id! }))
      deepEqual([withheld, got], ['withheld(guard)', undefined])
    })
  }

  test('a multipart form that is none is 400, and so is one where no form is taken', async () => {
    const code = async (wired: Wired, path?: string) => {
      const { status, text, got } = await ask(wired, path)
      return [status, (JSON.parse(text) as { code: string }).code, got]
    }
    const whole = multipart(activity())
    const type = (text: string): Wired => ({ headers: { 'content-type': text }, body: whole.body })
    const [notJson, badType] = [
      [400, 'ERR_BODY_NOT_JSON', undefined],
      [400, 'ERR_BODY_TYPE', undefined],
    ]
    deepEqual(await code(type('multipart/form-data')), notJson)
    deepEqual(await code(type('multipart/form-data; boundary=another')), notJson)
    deepEqual(await code({ ...whole, body: whole.body.slice(0, -200) }), notJson)
    deepEqual(await code({ ...whole, body: '' }), notJson)
    deepEqual(await code(type('multipart/mixed; boundary=x')), badType)
    deepEqual(await code(whole, 'bidder/bid'), badType)
  })
})

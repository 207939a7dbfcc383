/** Partner types over arbitrary views: what a type cannot carry, or was not given, is not in its bytes in any form. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { PrivacyFlags } from '../../src/model/decision.ts'
import { FIELD_CLASSES, type FieldClass } from '../../src/model/field-class.ts'
import type { View } from '../../src/model/values.ts'
import { PARTNER_TYPES } from '../../src/partners/registry.ts'
import type { Connection, Encoder, PartnerType } from '../../src/partners/type.ts'

const parameters = { numRuns: Number(process.env.SLUICE_CASES ?? 400) }

const PIXEL_QUERY =
  'a={idfa}&b={gaid}&c={device_id}&d={idfa_md5}&e={android_id}&f={idfv}&g={ip}&h={user_agent}&i={country}&j={region}&k={city}&l={postal_code}&m={latitude}&n={longitude}&o={device_model}&p={device_brand}&q={os}&r={os_version}&s={language}&t={carrier}&u={click_id}&v={gclid}&w={transaction_id}&x={user_id}&y={timestamp}&z={sub1}&aa={adid}&ab={is_lat}&ac={event}&ad={id_type}'
const CONNECTIONS: Readonly<Record<string, Connection>> = {
  webhook: { url: 'https://partner.example/in', batch: true, headers: { 'X-Api-Key': { env: 'KEY' } } },
  pixel: {
    url: `https://partner.example/{p1}/pb?key={secret:token}&${PIXEL_QUERY}`,
    adid: 'adjust_id',
    secrets: { token: { env: 'KEY' } },
  },
  appsflyer: { app_id: 'id1234567890', key: { env: 'KEY' } },
}
const encoders = PARTNER_TYPES.map((type) => [type, type.encoder(CONNECTIONS[type.type]!)] as const)

type Flag = keyof PrivacyFlags
const FLAGS: readonly Flag[] = ['restricted', 'sale', 'sharing', 'targetedAdvertising', 'deviceLimit', 'gpc']
const flags: fc.Arbitrary<PrivacyFlags> = fc
  .tuple(...FLAGS.map(() => fc.boolean()))
  .map((drawn) => Object.fromEntries(FLAGS.map((flag, index) => [flag, drawn[index]])) as unknown as PrivacyFlags)

const APP = { id: 'app', bundle: 'com.example.app', platform: 'ios' } as const

/** Every slot filled, each with values of its own, and members that no type knows beside them. */
function fullView(seed: string): Readonly<Record<string, unknown>> {
  const of = (slot: string): string => `cnry${slot}${seed}`
  const uuid = `${seed.padEnd(8, '0').slice(0, 8)}-2222-4333-8444-`
  return {
    advertising_id: { id: `${uuid}aaaaaaaaaaaa`, kind: 'idfa', extra: of('x1') },
    vendor_id: `${uuid}bbbbbbbbbbbb`,
    device_id: of('device'),
    user_id: of('user'),
    anonymous_id: of('anonymous'),
    push_token: of('push'),
    partner_id: { appsflyer_id: of('af'), adid: of('adid') },
    click_id: { click_id: of('click'), gclid: of('gclid') },
    message_id: of('message'),
    ip: `203.0.113.${1 + (Number.parseInt(seed.slice(0, 2), 16) % 250)}`,
    coordinates: { latitude: 51.123456, longitude: -0.654321, altitude: 777.123 },
    place: { country: of('country'), region: of('region'), city: of('city'), postal: of('postal'), street: of('x2') },
    email: `${of('email')}@example.com`,
    phone: `+4917${Number.parseInt(seed.slice(0, 6), 16)}`,
    name: { full: of('full'), first: of('first'), last: of('last'), nick: of('x3') },
    address: of('address'),
    birth_date: '1987-06-05',
    gender: of('gender'),
    user_agent: of('agent'),
    device: { manufacturer: of('maker'), model: of('model'), type: of('type'), width: 917_755_331, name: of('x4') },
    os: { name: of('os'), version: of('osversion'), build: of('x5') },
    locale: of('locale'),
    timezone: of('timezone'),
    carrier: of('carrier'),
    network: { wifi: true, ssid: of('x6') },
    time: '2031-07-08T09:10:11.123Z',
    url: `https://${of('url')}.example/`,
    referrer: `https://${of('referrer')}.example/`,
    receipt: of('receipt'),
    property: { sub1: of('property'), p1: of('path') },
    // No class of these names exists: a type that copied a view whole would carry them.
    hardware_id: of('x7'),
    contacts: [of('x8')],
    unheard_of: { deep: of('x9') },
  }
}
const UNKNOWN_MEMBERS = ['x1', 'x2', 'x3', 'x4', 'x5', 'x6', 'x7', 'x8', 'x9']

/** How a value could show: as it is, hashed, or as the part that survives a change of form. */
function formsOf(value: unknown): readonly string[] {
  if (typeof value === 'number') return [String(value)]
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(formsOf)
  if (typeof value !== 'string' || value.length < 5) return []
  const lower = value.toLowerCase()
  const digest = (name: string, text: string): string => createHash(name).update(text).digest('hex')
  const time = /^\d{4}-\d{2}-\d{2}T/.test(value)
    ? [value.slice(0, 10), String(Math.floor(Date.parse(value) / 1000))]
    : []
  return [lower, lower.replace('+', ''), ...['md5', 'sha1', 'sha256'].map((name) => digest(name, lower)), ...time]
}

const seed = fc.stringMatching(/^[0-9a-f]{8}$/)
const subset = fc.subarray([...FIELD_CLASSES])

function bytesOf(encoder: Encoder, view: object, given: PrivacyFlags): string | undefined {
  // Sound for these tests: a type reads a view's members and must cope with others beside them.
  const encoded = encoder.item(view as View, given)
  return encoded.kind === 'item' ? encoded.bytes : undefined
}

for (const [type, encoder] of encoders) {
  describe(`partners: ${type.type} over arbitrary views`, () => {
    test('carries nothing beyond its abilities and nothing that the view does not hold', () => {
      fc.assert(
        fc.property(seed, subset, flags, (mark, passed, given) => {
          const full = fullView(mark)
          const view = pick(full, [...passed, 'unheard_of'])
          const bytes = bytesOf(encoder, view, given)?.toLowerCase()
          if (bytes === undefined) return
          for (const name of FIELD_CLASSES) {
            const may = passed.includes(name) && isAble(type, name)
            if (!may) for (const form of formsOf(full[name])) ok(!bytes.includes(form), `${name} is in the bytes`)
          }
          for (const member of UNKNOWN_MEMBERS) ok(!bytes.includes(`cnry${member}`), `${member} is in the bytes`)
        }),
        parameters,
      )
    })

    test('with everything withheld the bytes are its own constants and the event’s name', () => {
      const least = type.type === 'appsflyer' ? { partner_id: { appsflyer_id: '1-2' } } : {}
      fc.assert(
        fc.property(fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{3,30}$/), flags, (event, given) => {
          const of = (name: string): string | undefined =>
            bytesOf(encoder, { event: name, kind: 'track', app: APP, ...least }, given)
          equal(of(event), of('@EVENT@')?.replace(/@EVENT@|%40EVENT%40/, event))
        }),
        parameters,
      )
    })

    test('does not depend on the order in which a view was built, nor on what was encoded before', () => {
      fc.assert(
        fc.property(seed, seed, subset, flags, (mark, other, passed, given) => {
          const view = pick(fullView(mark), passed)
          const backwards = Object.fromEntries(Object.entries(view).reverse())
          const first = bytesOf(encoder, view, given)
          bytesOf(encoder, pick(fullView(other), FIELD_CLASSES), given)
          equal(bytesOf(encoder, backwards, given), first)
        }),
        parameters,
      )
    })

    test('whatever the values, a request goes to the contract’s address and holds no placeholder but its own', () => {
      const text = fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'grapheme' }),
        fc.constantFrom('{{secret:key}}', '{{secret:secrets.token}}', '..', 'a\r\nX: y', '\ud800', '{idfa}'),
      )
      const least = { partner_id: { appsflyer_id: '1-2' } }
      const count = (request: object): number => JSON.stringify(request).split('{{secret:').length - 1
      const plain = { event: 'e', kind: 'track', app: APP, ...least }
      const unrestricted = Object.fromEntries(FLAGS.map((flag) => [flag, false])) as unknown as PrivacyFlags
      const own = encoder.envelope([bytesOf(encoder, plain, unrestricted)!])
      fc.assert(
        fc.property(text, text, flags, (one, other, given) => {
          const bytes = bytesOf(
            encoder,
            { ...plain, user_id: one, user_agent: other, property: { p1: one, sub1: other, [other]: one } },
            given,
          )
          if (bytes === undefined) return
          const request = encoder.envelope([bytes])
          equal(request.origin, own.origin)
          equal(count(request), count(own))
          ok(/^\/[A-Za-z0-9\-._~%!$&'()*+,;=:@/?{}]*$/.test(request.path))
          equal(request.path.split(/[/?&]/).length, own.path.split(/[/?&]/).length)
          ok(Object.values(request.headers).every((value) => !/[\r\n]/.test(value)))
          if (request.body !== '') ok(typeof JSON.parse(request.body) === 'object')
          if (type.type === 'appsflyer') ok(Buffer.byteLength(request.body) <= 1_024)
        }),
        parameters,
      )
    })
  })
}

describe('partners: a webhook’s batch', () => {
  test('is the items it was made of, in order', () => {
    const [, encoder] = encoders.find(([type]) => type.type === 'webhook')!
    fc.assert(
      fc.property(fc.array(fc.tuple(seed, subset, flags), { minLength: 1, maxLength: 20 }), (drawn) => {
        const items = drawn.map(([mark, passed, given]) => bytesOf(encoder, pick(fullView(mark), passed), given)!)
        const request = encoder.envelope(items)
        deepEqual(
          (JSON.parse(request.body) as { batch: unknown[] }).batch,
          items.map((item) => JSON.parse(item) as unknown),
        )
        equal(request.headers['Sec-GPC'], drawn.every(([, , given]) => given.gpc) ? '1' : undefined)
      }),
      parameters,
    )
  })
})

function isAble({ abilities }: PartnerType, name: FieldClass): boolean {
  return (abilities[name] ?? 0) > 0
}

function pick(full: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  const members = names.filter((name) => full[name] !== undefined).map((name) => [name, full[name]])
  return { event: 'purchase', kind: 'track', app: APP, ...Object.fromEntries(members) }
}

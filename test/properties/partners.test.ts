/** Partner types over arbitrary views: what a type cannot carry, or was not given, is not in its bytes in any form. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { PrivacyFlags } from '../../src/model/decision.ts'
import { FIELD_CLASSES, type FieldClass } from '../../src/model/field-class.ts'
import type { View } from '../../src/model/values.ts'
import type { Encoder, PartnerType } from '../../src/partners/kit/type.ts'
import { PARTNER_TYPES } from '../../src/partners/registry.ts'
import { anyCharacter } from '../support/any-text.ts'
import { CONNECTIONS, leastFor } from '../support/partner-settings.ts'

const parameters = { numRuns: Number(process.env.SLUICE_CASES ?? 400) }

const encoders = PARTNER_TYPES.map((type) => [type, type.encoder(CONNECTIONS[type.type]!)] as const)

type Flag = keyof PrivacyFlags
const FLAGS: readonly Flag[] = ['restricted', 'sale', 'sharing', 'targetedAdvertising', 'deviceLimit', 'gpc']
const flags: fc.Arbitrary<PrivacyFlags> = fc
  .tuple(...FLAGS.map(() => fc.boolean()))
  .map((drawn) => Object.fromEntries(FLAGS.map((flag, index) => [flag, drawn[index]])) as unknown as PrivacyFlags)

const APP = { id: 'app', bundle: 'com.example.app', platform: 'ios' } as const

/** Every id of a partner's own that some type has a place for, and one that none has. */
const PARTNER_IDS =
  'appsflyer_id adid branch_id browser_fingerprint_id kochava_device_id singular_device_id fbp anon_id fb_login_id lead_id subscription_id ttp tiktok_external_id uuid_c1 epik rdt_uuid buyeruid uid2 id5 rampid unheard_of'.split(
    ' ',
  )
const CLICK_IDS = 'click_id gclid gbraid wbraid fbc ctwa_clid ttclid sccid rdt_cid unheard_of'.split(' ')

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
    partner_id: Object.fromEntries(PARTNER_IDS.map((name) => [name, of(name)])),
    click_id: Object.fromEntries(CLICK_IDS.map((name) => [name, of(`k${name}`)])),
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
    property: { sub1: of('property'), p1: of('path'), currency: of('currency'), 'contents[].id': [of('listed')] },
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
  const bare = lower.replace(/[^a-z0-9]/g, '')
  const texts = new Set([value, lower, value.toUpperCase(), bare, `+${bare}`])
  const digests = ['md5', 'sha1', 'sha256'].flatMap((name) => [...texts].map((text) => digest(name, text)))
  return [lower, lower.replace('+', ''), ...digests, ...time]
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
      const least = leastFor(type.type)
      fc.assert(
        fc.property(fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{3,30}$/), flags, (event, given) => {
          const of = (name: string): string | undefined =>
            bytesOf(encoder, { event: name, kind: 'track', app: APP, ...least }, given)
          equal(of(event), of('@EVENT@')?.replace(/@EVENT@|%40EVENT%40/, event))
        }),
        parameters,
      )
    })

    test('says every restriction by a flag of the partner’s own, whatever else leaves', () => {
      const none = Object.fromEntries(FLAGS.map((flag) => [flag, false])) as unknown as PrivacyFlags
      fc.assert(
        fc.property(seed, subset, fc.constantFrom(...FLAGS), (mark, passed, flag) => {
          const view = { ...pick(fullView(mark), passed), ...leastFor(type.type) }
          const document = (given: PrivacyFlags): string | undefined => bytesOf(encoder, view, given)?.split('\n')[0]
          const [free, restricted] = [document(none), document({ ...none, [flag]: true })]
          ok(free !== undefined && restricted !== undefined)
          ok(free !== restricted, `nothing in the document says ${flag}`)
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
        fc.string({ unit: anyCharacter }),
        fc.string({ unit: 'grapheme' }),
        fc.constantFrom('{{secret:key}}', '{{secret:secrets.token}}', '..', 'a\r\nX: y', '\ud800', '{idfa}'),
      )
      const least = leastFor(type.type)
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
          const isTemplate = type.type === 'pixel'
          if (isTemplate) equal(request.path.split(/[/?&]/).length, own.path.split(/[/?&]/).length)
          else equal(request.path.split('?')[0], own.path.split('?')[0])
          const isForm = request.headers['Content-Type'] === 'application/x-www-form-urlencoded'
          const [, query = ''] = request.path.split('?')
          for (const [name] of new URLSearchParams(isForm ? request.body : query)) ok(/^[a-z_0-9[\]]+$/.test(name))
          ok(Object.values(request.headers).every((value) => !/[\r\n]/.test(value)))
          if (request.body !== '' && !isForm) ok(typeof JSON.parse(request.body) === 'object')
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

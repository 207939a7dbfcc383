import { deepEqual, equal, ok } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import type { JsonObject } from '../model/brand.ts'
import type { FieldValues, View } from '../model/values.ts'
import { createScanner, parseTaint, screen } from './index.ts'

const IDFA = '6D92078A-8246-4BA4-AE5B-76104861E7DC'
const IDFV = '7D92078A-8246-4BA4-AE5B-76104861E7AA'
const EMAIL = 'first.last@gmail.com'
const PHONE = '+14155550132'
const V4 = '203.0.113.77'
const V6 = '2001:db8:85a3:12::8a2e:370:7334'
const NAME = 'Renée Mustermann'
const [LATITUDE, LONGITUDE] = [37.774929, -122.419416]
const scan = createScanner()
const digest = (name: string, text: string, encoding: 'hex' | 'base64' = 'hex') =>
  createHash(name).update(text).digest(encoding)
const base64 = (text: string) => Buffer.from(text).toString('base64')
const hex = (text: string) => Buffer.from(text).toString('hex')
/** As Android's default does: a break behind every 76 characters. */
const inLines = (text: string) => base64(text).replace(/.{76}/g, '$&\n')
const across = (id: string) => inLines(JSON.stringify({ model: 'x'.repeat(30), id, os: '14', more: 'y'.repeat(30) }))

/** What a person's event holds; `note` is the one property that a contract names. */
const PERSON = {
  user_id: '884213',
  advertising_id: { id: IDFA, kind: 'idfa' },
  email: EMAIL,
  phone: PHONE,
  name: { full: NAME },
  birth_date: '1987-04-01',
  address: '17 Rosewood Lane, 94103',
  ip: V4,
  coordinates: { latitude: LATITUDE, longitude: LONGITUDE },
} as const satisfies FieldValues
const received = (note: unknown, ip: string): JsonObject => ({
  type: 'track',
  userId: PERSON.user_id,
  properties: { note: note as string },
  context: {
    ip,
    device: { id: IDFV, advertisingId: IDFA },
    location: { latitude: LATITUDE, longitude: LONGITUDE },
    traits: { email: EMAIL, phone: PHONE, name: NAME, birthday: '1987-04-01', address: PERSON.address },
  },
})

/** As the last hop sees it, where other partners get every class, and as acceptance does, where none gets any. */
function seen(note: string | number, ip: string): readonly [scanned: boolean, screened: boolean] {
  const property = { note }
  const view: View = { event: 'e', kind: 'track', app: { id: 'a' }, property }
  const bytes = JSON.stringify({ note })
  const scanned = !scan({ raw: { ...PERSON, ip, property }, view, bytes, constants: new Set() }).clear
  return [scanned, screen(received(note, ip), { property }).length > 0]
}

describe('guard: forms that apps produce by accident are found', () => {
  const rows: readonly [what: string, note: string | number, ip?: string][] = [
    ['a national phone number', '4155550132'],
    ['a national phone number, as a number', 4155550132],
    ['a national phone number with signs', '(415) 555-0132'],
    ['a national phone number, hashed', digest('sha256', '4155550132')],
    ['a phone number with two zeros, hashed', digest('sha256', '0014155550132')],
    ['a phone number in full-width digits', '＋１４１５５５５０１３２'],
    ['a phone number in Arabic digits', '٤١٥٥٥٥٠١٣٢'],
    ['a counter in a sentence', 'user 884213 bought'],
    ['a counter in a sentence, with a sign', 'Customer no. #884213 called'],
    ['a counter in a path', 'https://shop.example/u/884213/orders'],
    ['a counter at the end of a path', 'https://shop.example/u/884213'],
    ['a counter in a query', 'https://shop.example/orders?who=884213&x=1'],
    ['a counter, hashed', digest('sha256', '884213')],
    ['a counter, in base64', base64('884213')],
    ['a counter, in hex', hex('884213')],
    ['a counter in base64 of JSON', base64('{"id":884213,"os":"ios"}')],
    ['an e-mail as Google hashes it', digest('sha256', 'firstlast@gmail.com')],
    ['an e-mail as UID2 hashes it', digest('sha256', 'firstlast@gmail.com', 'base64')],
    ['an e-mail as Meta hashes it', digest('sha256', 'first.last@gmail.com')],
    ['an e-mail with a tag', 'first.last+shop@gmail.com'],
    ['an e-mail without its points', 'firstlast@googlemail.com'],
    ['an e-mail escaped for a page', 'first.last&#64;gmail.com'],
    ['an e-mail escaped by name', 'first.last&commat;gmail.com'],
    ['an e-mail in full-width signs', 'first.last＠gmail.com'],
    ['the name in front of its sign', 'first.last'],
    ['the name in front of its sign, in a sentence', 'bought by first.last.'],
    ['an e-mail, SHA-512', digest('sha512', EMAIL)],
    ['an e-mail, SHA-512 in base64', digest('sha512', EMAIL, 'base64')],
    ['an id in base64 with breaks', across(IDFA)],
    ['a phone number in base64 with breaks', across(PHONE)],
    ['a v6 address in base64 with breaks', across(V6), V6],
    ['an e-mail in hex behind a slash', `https://r.example/${hex(EMAIL)}`],
    ['an e-mail in hex behind an underscore', `t_${hex(EMAIL)}_x`],
    ['an e-mail in base64 behind a slash', `https://r.example/${base64(EMAIL)}`],
    ['a v4 address mapped, in hex', '::ffff:cb00:714d'],
    ['a v4 address in a URL’s host', 'http://[::ffff:cb00:714d]/x'],
    ['a v4 address by NAT64', '64:ff9b::cb00:714d'],
    ['a v4 address by 6to4', '2002:cb00:714d::1'],
    ['a v4 address as one number', 'http://3405803853/'],
    ['a v6 address’s household', '2001:db8:85a3:12::/64', V6],
    ['a v6 address’s household, without its length', '2001:db8:85a3:12::', V6],
    ['a v6 address’s household of 56 bits', '2001:db8:85a3::/56', V6],
    ['a v6 address behind letters and a slash', 'https://cdn.example/face/2001:db8:85a3:12::8a2e:370:7334', V6],
    ['a v6 address’s household behind letters and a slash', 'feed/2001:db8:85a3:12::/64', V6],
    ['a v6 address in full', '2001:0DB8:85A3:0012:0000:8A2E:0370:7334', V6],
    ['a place cut to three decimals', '37.774,-122.419'],
    ['a place rounded to two decimals', '37.77, -122.42'],
    ['a place in a locale’s decimals', '37,774929;-122,419416'],
    ['a place with hemispheres', '37.774929 N 122.419416 W'],
    ['a place in minutes and seconds', `37°46'29.7"N 122°25'9.9"W`],
    ['a place as a geohash', '9q8yyk8yt'],
    ['a place as a geohash of a link', 'https://maps.example/g/9q8yyk8'],
    ['a name in a sentence', 'Gift for Renée Mustermann'],
    ['a name without accents', 'gift for renee mustermann!'],
    ['a name, family name first', 'MUSTERMANN, RENÉE'],
    ['a name, hashed', digest('sha256', 'renée mustermann')],
    ['a given name, hashed', digest('sha256', 'renée')],
    ['a family name, hashed', digest('sha256', 'mustermann')],
    ['a birthday', '1987-04-01'],
    ['a birthday in a sentence', 'born 01.04.1987 in Berlin'],
    ['a birthday, American', '04/01/1987'],
    ['a birthday, hashed as Meta does', digest('sha256', '19870401')],
    ['a street in a sentence', 'ship to 17 Rosewood Lane'],
    ['the address as it is', '17 Rosewood Lane, 94103'],
    ['a latitude alone, as it is', '37.774929'],
    ['the whole name', NAME],
    ['the vendor id', IDFV],
    ['an e-mail’s digest in hex, in base64', base64(digest('sha256', EMAIL))],
    ['an e-mail in hex with signs between', hex(EMAIL).replace(/..(?=.)/g, '$&:')],
    ['an e-mail in escaped hex', hex(EMAIL).replace(/../g, '\\\\x$&')],
    ['a v6 address in full, hashed', digest('sha256', '2001:0db8:85a3:0012:0000:8a2e:0370:7334'), V6],
    ['two degrees with two decimals and a comma between', '37.77,-122.42'],
  ]
  for (const [what, note, ip = V4] of rows)
    test(`${what}: ${JSON.stringify(note).slice(0, 60)}`, () => {
      const [scanned, screened] = seen(note, ip)
      ok(screened, 'at acceptance')
      // Nobody is granted a vendor id in these, so that only acceptance knows it.
      if (note !== IDFV) ok(scanned, 'at the last hop')
    })
})

describe('guard: forms of other people and countries', () => {
  const found = (kind: 'phone' | 'birth_date' | 'address' | 'name', value: string, note: string): boolean => {
    const raw = { [kind]: kind === 'name' ? { full: value } : value, property: { note } } as FieldValues
    const view: View = { event: 'e', kind: 'track', app: { id: 'a' }, property: { note } }
    return !scan({ raw, view, bytes: JSON.stringify({ note }), constants: new Set() }).clear
  }
  const rows: readonly [kind: Parameters<typeof found>[0], value: string, note: string][] = [
    ['phone', '+4915123456789', '0151/234 567 89'],
    ['phone', '+33612345678', '06 12 34 56 78'],
    ['phone', '+442071838750', digest('sha256', '02071838750')],
    ['phone', '+5511987654321', '(11) 98765-4321'],
    ['phone', '(415) 555-0132', digest('sha256', '+14155550132')],
    ['birth_date', '04/01/1987', '1987-04-01'],
    ['birth_date', '04/01/1987', '1987-01-04'],
    ['birth_date', '31.12.1987', '12/31/1987'],
    ['address', 'Hauptstraße 5, 10115 Berlin', 'an hauptstrasse 5'],
    ['name', 'Anna Maria Brown', 'for Anna Brown'],
    ['name', 'Анна Иванова', 'для Анна Иванова!'],
  ]
  for (const [kind, value, note] of rows)
    test(`${kind} ${value}: ${note.slice(0, 40)}`, () => {
      ok(found(kind, value, note))
    })
})

describe('guard: what is not the person’s goes on', () => {
  test('a granted e-mail address that holds the withheld name', () => {
    const raw: FieldValues = { email: 'anna.brown@mail.example', name: { full: 'Anna Brown' } }
    const view: View = { event: 'e', kind: 'track', app: { id: 'a' }, email: 'anna.brown@mail.example' }
    deepEqual(scan({ raw, view, bytes: JSON.stringify(view.email), constants: new Set() }), { clear: true })
  })

  const rows: readonly [what: string, note: string | number, ip?: string][] = [
    ['an order number', 'order 100231'],
    ['an order number that is the counter', 'order 884213'],
    ['a total that is the counter', 'total=884213'],
    ['an amount that begins with the counter', 'user 884213.50'],
    ['a longer number', 'user 8842137'],
    ['a hash of something else', digest('sha256', 'something else')],
    ['an article', 'SKU-2041-B'],
    ['another phone number', '4155550133'],
    ['an office’s address', 'support@shop.example'],
    ['a given name alone', 'Renée'],
    ['a family name alone', 'Mustermann GmbH'],
    ['another person of the same family', 'Gift for Paul Mustermann'],
    ['a half of the name before the sign', 'first'],
    ['one coordinate, cut, without its partner', '37.77'],
    ['a price like a latitude', '37.77 EUR'],
    ['two prices far from each other', `37.77 ${'x'.repeat(60)} 122.42`],
    ['another place', '37.80,-122.27'],
    ['another cell', '9q8yym8yt'],
    ['a word that begins like the cell', '9q8yyk8ytzzzzzzzz'],
    ['another day', '1987-04-02'],
    ['a day inside a number', '5198704011'],
    ['a house number', '17'],
    ['another street', 'ship to 19 Rosewood Lane'],
    ['another household', '2001:db8:85a3:13::/64', V6],
    ['the provider’s network', '2001:db8:85a3::/48', V6],
    ['another v4 address mapped', '::ffff:cb00:714e'],
    ['a version', '1.2.3.4'],
    ['a time', '2026-11-24T11:58:02.625Z'],
  ]
  for (const [what, note, ip = V4] of rows)
    test(`${what}: ${JSON.stringify(note).slice(0, 60)}`, () => {
      deepEqual(seen(note, ip), [false, false])
    })
})

describe('guard: a value is what it is, whatever slot it came in', () => {
  const one = (raw: FieldValues, passed: FieldValues) =>
    scan({
      raw,
      view: { event: 'e', kind: 'track', app: { id: 'a' }, ...passed },
      bytes: JSON.stringify(passed),
      constants: new Set(),
    })
  const rows: readonly [what: string, raw: FieldValues, passed: FieldValues, clear: boolean][] = [
    ['an e-mail as user id, e-mail not granted', { user_id: EMAIL }, { user_id: EMAIL }, false],
    ['the same, e-mail granted', { user_id: EMAIL, email: EMAIL }, { user_id: EMAIL, email: EMAIL }, true],
    ['the same, as a pseudonym', { user_id: EMAIL, email: EMAIL }, { user_id: 'p1.Zm9vYmFyYmF6cXV4' }, true],
    ['the same, hashed', { user_id: EMAIL }, { user_id: digest('sha256', EMAIL) }, false],
    ['a phone number as user id', { user_id: PHONE }, { user_id: PHONE }, false],
    ['the phone number without its plus', { user_id: '14155550132', phone: PHONE }, { user_id: '14155550132' }, false],
    ['a number that is nobody’s phone', { user_id: '14155550132' }, { user_id: '14155550132' }, true],
    [
      'an advertising id as anonymous id',
      { anonymous_id: IDFA, advertising_id: { id: IDFA, kind: 'idfa' } },
      { anonymous_id: IDFA },
      false,
    ],
    ['a vendor id as anonymous id', { anonymous_id: IDFV, vendor_id: IDFV }, { anonymous_id: IDFV }, false],
    [
      'an anonymous id that is the device’s as well',
      { anonymous_id: IDFV, device_id: IDFV },
      { anonymous_id: IDFV },
      true,
    ],
    [
      'a user id that is the anonymous id',
      { anonymous_id: 'u-1234567', user_id: 'u-1234567' },
      { user_id: 'u-1234567' },
      true,
    ],
    ['an e-mail in a property', { property: { note: EMAIL } }, { property: { note: EMAIL } }, false],
    [
      'an office’s e-mail in a property',
      { property: { note: 'info@shop.example' } },
      { property: { note: 'info@shop.example' } },
      true,
    ],
    ['an e-mail as message id', { message_id: EMAIL }, { message_id: EMAIL }, false],
  ]
  for (const [what, raw, passed, clear] of rows)
    test(`${what}: ${clear ? 'goes' : 'stays'}`, () => {
      equal(one(raw, passed).clear, clear)
    })

  const event = (more: object, context: object = {}): JsonObject =>
    ({ type: 'track', userId: 'u-1', context, properties: {}, ...more }) as JsonObject
  const taints: readonly [what: string, received: JsonObject, kept: FieldValues, tainted: readonly string[]][] = [
    [
      'an e-mail that is dropped and the user id that is kept',
      event({ userId: EMAIL }, { traits: { email: EMAIL } }),
      { user_id: EMAIL },
      ['email/plain!user_id:pass'],
    ],
    [
      'an advertising id that is dropped and the message id that is kept',
      event({ messageId: IDFA }, { device: { advertisingId: IDFA } }),
      { message_id: IDFA },
      ['advertising_id/plain!message_id:pass'],
    ],
    [
      'Apple’s vendor id and the anonymous id that is kept',
      event({ anonymousId: IDFV }, { device: { id: IDFV } }),
      { anonymous_id: IDFV },
      ['vendor_id/plain!anonymous_id:pass'],
    ],
    [
      'Android’s id and the anonymous id that is kept',
      event({ anonymousId: '3f1c9b0a77de4412' }, { device: { androidId: '3f1c9b0a77de4412' } }),
      { anonymous_id: '3f1c9b0a77de4412' },
      ['device_id/plain!anonymous_id:pass'],
    ],
    [
      'a random device id that the SDK takes for the anonymous one',
      event({ anonymousId: '3f1c9b0a77de4412' }, { device: { id: '3f1c9b0a77de4412' } }),
      { anonymous_id: '3f1c9b0a77de4412' },
      [],
    ],
    [
      'copies of the ids in the traits',
      event(
        { userId: 'user-4711', anonymousId: 'anon-4711' },
        { traits: { id: 'user-4711', anonymousId: 'anon-4711' } },
      ),
      { user_id: 'user-4711', anonymous_id: 'anon-4711' },
      [],
    ],
    [
      'a trait that is the advertising id',
      event({}, { traits: { plan: IDFA }, device: { advertisingId: IDFA } }),
      { property: { 'traits.plan': IDFA } },
      ['advertising_id/plain!property.traits.plan'],
    ],
    [
      'a trait that is a latitude',
      event({}, { traits: { handle: '37.774929' }, location: { latitude: LATITUDE, longitude: LONGITUDE } }),
      { property: { 'traits.handle': '37.774929' } },
      ['coordinates/number!property.traits.handle'],
    ],
    [
      'a property that repeats another, of a class',
      event({ properties: { phone: '415 555 9999', note: '4155559999' } }),
      { property: { note: '4155559999' } },
      ['phone/separators!property.note'],
    ],
    ['a store’s latitude', event({ properties: { latitude: 37.774929 } }), { property: { latitude: 37.774929 } }, []],
    [
      'a counter in the path of a link',
      event({ userId: '884213' }, { page: { url: 'https://shop.example/u/884213/orders' } }),
      { url: 'https://shop.example/u/884213/orders' },
      ['user_id/part!url:pass'],
    ],
    [
      'an id in the host of a link',
      event({ userId: 'anna-4711' }, { page: { url: 'https://anna-4711.shop.example/' } }),
      { url: 'https://anna-4711.shop.example/' },
      ['user_id/plain!url'],
    ],
  ]
  for (const [what, raw, kept, tainted] of taints)
    test(`at acceptance: ${what}`, () => {
      deepEqual(screen(raw, kept), tainted)
    })

  test('a taint of an earlier version is the slot alone, and nothing of it passes', () => {
    deepEqual(parseTaint('user_id'), { kind: 'value', form: 'plain', slot: 'user_id', passOnly: false })
    deepEqual(parseTaint('property.a!b:pass'), {
      kind: 'value',
      form: 'plain',
      slot: 'property.a!b:pass',
      passOnly: false,
    })
  })
})

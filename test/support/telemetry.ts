/** Random telemetry with known secrets planted, for the property tests. Independent of the field dictionary under test. */
import fc from 'fast-check'
import type { JsonObject } from '../../src/model/brand.ts'
import type { FieldClass } from '../../src/model/field-class.ts'

type Mutable = { [key: string]: Mutable | string | number | boolean | null | undefined | unknown[] }

/** Where a class's value sits in a telemetry event, and how to make one. Written by hand from the SDKs' documentation. */
export interface Slot {
  readonly fieldClass: FieldClass
  readonly path: readonly string[]
  readonly make: fc.Arbitrary<string | number>
}

/** So many letters of an alphabet, from one draw. */
const hex = (digits: number, alphabet: string): fc.Arbitrary<string> => {
  const base = BigInt(alphabet.length)
  return fc.bigInt({ min: 0n, max: base ** BigInt(digits) - 1n }).map((drawn) => {
    let text = ''
    for (let rest = drawn, index = 0; index < digits; index++, rest /= base) text += alphabet[Number(rest % base)]
    return text
  })
}
const uuid = (alphabet: string): fc.Arbitrary<string> =>
  hex(32, alphabet).map((text) => text.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'))
/** A UUID of one digit, such as all f, is a placeholder: it names nobody, and an event about nobody is refused. */
const isSomebody = (id: string): boolean => new Set(id.replaceAll('-', '')).size > 1
const UPPER = '123456789ABCDEF'
const LOWER = '123456789abcdef'
const word = (prefix: string): fc.Arbitrary<string> =>
  hex(10, 'bcdfghjkmnpqrstvwxyz').map((letters) => `${prefix}${letters}`)
const ip = fc
  .tuple(
    fc.integer({ min: 20, max: 220 }),
    fc.integer({ min: 10, max: 250 }),
    fc.integer({ min: 10, max: 250 }),
    fc.integer({ min: 11, max: 250 }),
  )
  .map((parts) => parts.join('.'))
const degrees = (most: number): fc.Arbitrary<number> =>
  fc.integer({ min: -most * 99_999, max: most * 99_999 }).map((value) => (value * 10 + 7) / 1_000_000)

export const SLOTS: readonly Slot[] = [
  { fieldClass: 'advertising_id', path: ['context', 'device', 'advertisingId'], make: uuid(UPPER) },
  { fieldClass: 'vendor_id', path: ['context', 'device', 'id'], make: uuid(UPPER) },
  { fieldClass: 'user_id', path: ['userId'], make: word('user-') },
  { fieldClass: 'anonymous_id', path: ['anonymousId'], make: uuid(LOWER).filter(isSomebody) },
  { fieldClass: 'push_token', path: ['context', 'device', 'token'], make: hex(64, LOWER) },
  { fieldClass: 'click_id', path: ['context', 'campaign', 'gclid'], make: word('Cj0KCQ') },
  { fieldClass: 'message_id', path: ['messageId'], make: uuid(LOWER) },
  { fieldClass: 'ip', path: ['context', 'ip'], make: ip },
  {
    fieldClass: 'email',
    path: ['context', 'traits', 'email'],
    make: word('mail').map((name) => `${name}@person.example`),
  },
  {
    fieldClass: 'phone',
    path: ['context', 'traits', 'phone'],
    make: hex(10, '123456789').map((digits) => `+1${digits}`),
  },
  { fieldClass: 'name', path: ['context', 'traits', 'firstName'], make: word('Given') },
  {
    fieldClass: 'birth_date',
    path: ['context', 'traits', 'birthDate'],
    make: fc.constantFrom('1971-03-04', '1985-11-30', '1960-07-08'),
  },
  { fieldClass: 'gender', path: ['context', 'traits', 'gender'], make: word('gender') },
  { fieldClass: 'user_agent', path: ['context', 'userAgent'], make: word('Agent/') },
  { fieldClass: 'device', path: ['context', 'device', 'model'], make: word('Model') },
  { fieldClass: 'carrier', path: ['context', 'network', 'carrier'], make: word('Carrier') },
  { fieldClass: 'locale', path: ['context', 'locale'], make: fc.constantFrom('de-AT', 'fr-CA', 'ja-JP') },
  { fieldClass: 'timezone', path: ['context', 'timezone'], make: fc.constantFrom('Europe/Vienna', 'Asia/Tokyo') },
  {
    fieldClass: 'url',
    path: ['context', 'page', 'url'],
    make: word('https://shop.example/').map((url) => `${url}?q=1`),
  },
  { fieldClass: 'referrer', path: ['context', 'page', 'referrer'], make: word('https://from.example/') },
  { fieldClass: 'receipt', path: ['properties', 'receipt'], make: word('Receipt') },
]
/** Two numbers that belong together. */
export const COORDINATES = { latitude: degrees(80), longitude: degrees(170) }

/** Places nobody maps: whatever is planted there must never be seen again. */
const UNMAPPED: readonly (readonly string[])[] = [
  ['context', 'secretSauce'],
  ['context', 'device', 'imei'],
  ['context', 'device', 'name'],
  ['properties', 'unnamed'],
  ['properties', 'imei'],
  ['traits', 'favourite'],
  ['context', 'protocols', 'omitted'],
  ['integrations', 'Other', 'secret'],
  ['extra'],
]

export interface Telemetry {
  readonly event: JsonObject
  readonly batchContext: JsonObject
  readonly headers: { readonly gpc: readonly string[]; readonly dnt: readonly string[] }
  /** Class → the value that was planted for it. */
  readonly planted: Readonly<Partial<Record<FieldClass, readonly (string | number)[]>>>
  /** Values at places nobody maps. */
  readonly unmapped: readonly string[]
}

export const PURCHASE = 'Order Completed'

/** Random events: every slot present or absent, canaries in unmapped keys, key names, batch context and strings of JSON. */
export function telemetry(base: JsonObject = {}): fc.Arbitrary<Telemetry> {
  return fc
    .record({
      slots: fc.tuple(...SLOTS.map(({ make }) => fc.option(make, { nil: undefined, freq: 4 }))),
      coordinates: fc.option(fc.record(COORDINATES), { nil: undefined }),
      unmapped: fc.tuple(...UNMAPPED.map((_, index) => word(`canary${index}-`))),
      keyName: word('canary-key-'),
      batchCanary: word('canary-batch-'),
      revenue: fc.integer({ min: 1, max: 99 }),
      plan: fc.constantFrom('free', 'gold'),
    })
    .map(({ slots, coordinates, unmapped, keyName, batchCanary, revenue, plan }) => {
      const event: Mutable = structuredClone({
        type: 'track',
        event: PURCHASE,
        timestamp: '2026-01-02T03:04:05.000Z',
        ...base,
      }) as Mutable
      const planted: Partial<Record<FieldClass, (string | number)[]>> = {}
      SLOTS.forEach(({ fieldClass, path }, index) => {
        const value = slots[index]
        if (value === undefined) return
        put(event, path, value)
        planted[fieldClass] = [value]
      })
      if (event.userId === undefined && event.anonymousId === undefined) {
        event.anonymousId = 'fallback-anonymous-0001'
        planted.anonymous_id = ['fallback-anonymous-0001']
      }
      if (coordinates !== undefined) {
        put(event, ['context', 'location', 'latitude'], coordinates.latitude)
        put(event, ['context', 'location', 'longitude'], coordinates.longitude)
        planted.coordinates = [coordinates.latitude, coordinates.longitude]
      }
      put(event, ['properties', 'revenue'], revenue)
      put(event, ['context', 'traits', 'plan'], plan)
      UNMAPPED.forEach((path, index) => {
        put(event, path, index % 2 === 0 ? unmapped[index] : JSON.stringify({ inside: { json: unmapped[index] } }))
      })
      put(event, ['properties', keyName], 'a value under a telling name')
      return {
        event: event as JsonObject,
        batchContext: { protocols: { secret: batchCanary } },
        headers: { gpc: [], dnt: [] },
        planted,
        unmapped: [...unmapped, keyName, batchCanary],
      }
    })
}

/** The same event with other values (or none) in these classes: what P2 calls "differing only in withheld values". */
export function withOtherValues(of: Telemetry, classes: ReadonlySet<FieldClass>): fc.Arbitrary<JsonObject> {
  const slots = SLOTS.filter(({ fieldClass }) => classes.has(fieldClass))
  return fc
    .record({
      values: fc.tuple(...slots.map(({ make }) => fc.option(make, { nil: undefined }))),
      coordinates: fc.option(fc.record(COORDINATES), { nil: undefined }),
      noise: word('noise-'),
    })
    .map(({ values, coordinates, noise }) => {
      const event = structuredClone(of.event) as Mutable
      slots.forEach(({ path }, index) => {
        put(event, path, values[index])
      })
      if (classes.has('coordinates')) {
        put(event, ['context', 'location', 'latitude'], coordinates?.latitude)
        put(event, ['context', 'location', 'longitude'], coordinates?.longitude)
      }
      for (const path of UNMAPPED) put(event, path, noise)
      // An event needs one of the two: a withheld one takes the place of a withheld one.
      if (event.userId === undefined && event.anonymousId === undefined) {
        event[classes.has('user_id') ? 'userId' : 'anonymousId'] = 'another-person-0002'
      }
      return event as JsonObject
    })
}

function put(event: Mutable, path: readonly string[], value: unknown): void {
  let holder = event
  for (const key of path.slice(0, -1)) {
    holder[key] ??= {}
    holder = holder[key] as Mutable
  }
  const last = path.at(-1)!
  if (value === undefined) delete holder[last]
  else holder[last] = value as string
}

/**
 * Masks for the values of a real event: in the same format, so that a simulation still works, and the same for every event, so
 * that they reveal nothing.
 */
import type { Json } from '../model/brand.ts'
import type { AcceptedEvent } from '../model/event.ts'
import type { FieldValues } from '../model/values.ts'

const UUID = 'AAAAAAAA-BBBB-4CCC-8DDD-EEEEEEEEEEEE'

type Mask<Value> = (value: Value) => Value | undefined
const text =
  (mask: string): Mask<string> =>
  () =>
    mask
const named: Mask<Readonly<Record<string, string>>> = (values) =>
  Object.fromEntries(Object.keys(values).map((name) => [name, `masked-${name}`]))

/** One mask per slot: a slot without one would not compile. */
const MASKS: { readonly [Slot in keyof FieldValues]-?: Mask<NonNullable<FieldValues[Slot]>> } = {
  advertising_id: ({ kind }) => ({ id: kind === 'idfa' ? UUID : UUID.toLowerCase(), kind }),
  vendor_id: text('FFFFFFFF-BBBB-4CCC-8DDD-EEEEEEEEEEEE'),
  device_id: text('ffffffffaaaabbbb'),
  user_id: text('masked-user'),
  anonymous_id: text('masked-anonymous'),
  push_token: text('masked-push-token'),
  partner_id: named,
  click_id: named,
  message_id: text('masked-message'),
  // Example ranges of RFC 5737 and RFC 3849.
  ip: (address) => (address.includes(':') ? '2001:db8:1:2:3:4:5:6' : '203.0.113.77'),
  coordinates: () => ({ latitude: 12.3456, longitude: 65.4321 }),
  place: (place) => ({
    ...(place.country === undefined ? {} : { country: place.country }),
    ...(place.region === undefined ? {} : { region: 'masked region' }),
    ...(place.city === undefined ? {} : { city: 'masked city' }),
    ...(place.postal === undefined ? {} : { postal: 'masked postal code' }),
  }),
  email: text('masked@mail.example'),
  phone: text('+12025550123'),
  name: (name) => Object.fromEntries(Object.keys(name).map((part) => [part, `masked ${part}`])),
  address: text('masked address'),
  birth_date: text('2000-01-01'),
  gender: text('masked gender'),
  user_agent: text('Mozilla/5.0 (masked)'),
  device: (device) => ({
    ...(device.manufacturer === undefined ? {} : { manufacturer: 'masked maker' }),
    ...(device.model === undefined ? {} : { model: 'masked model' }),
    ...(device.type === undefined ? {} : { type: 'masked type' }),
    ...(device.width === undefined ? {} : { width: 1000 }),
    ...(device.height === undefined ? {} : { height: 2000 }),
    ...(device.density === undefined ? {} : { density: 2 }),
  }),
  os: (os) => ({
    ...(os.name === undefined ? {} : { name: os.name }),
    ...(os.version === undefined ? {} : { version: '1.0' }),
  }),
  locale: text('en-US'),
  timezone: text('Etc/UTC'),
  carrier: text('masked carrier'),
  network: (network) => Object.fromEntries(Object.keys(network).map((part) => [part, true])),
  time: text('2000-01-01T00:00:00.000Z'),
  url: text('https://masked.example/masked'),
  referrer: text('https://masked.example/masked'),
  receipt: text('masked receipt'),
  property: (properties) =>
    Object.fromEntries(Object.entries(properties).map(([path, value]) => [path, maskJson(value)])),
}

/** The event with every value masked. Inputs of decisions are kept: signals, and keyed references of the subject. */
export function maskEvent(event: AcceptedEvent): AcceptedEvent {
  const fields = Object.fromEntries(
    Object.entries(event.fields).map(([slot, value]) => {
      // Sound: each slot's own mask receives its own value.
      const mask = MASKS[slot as keyof FieldValues] as Mask<unknown>
      return [slot, mask(value)]
    }),
  ) as FieldValues
  return { ...event, fields }
}

function maskJson(value: Json): Json {
  if (Array.isArray(value)) return value.map(maskJson)
  switch (typeof value) {
    case 'number':
      return 1
    case 'boolean':
      return true
    default:
      return 'masked'
  }
}

/** A value for every class but time and properties, distinct from anything that a partner type writes by itself. */
import type { FieldValues } from '../model/values.ts'
import { CLICK_ID_NAMES, PARTNER_ID_NAMES } from './read-ids.ts'

export const FULL_FIELDS: FieldValues = {
  advertising_id: { id: '6D92078A-8246-4BA4-AE5B-76104861E7DC', kind: 'idfa' },
  vendor_id: '3A5C9D1E-7F20-4B6A-8C3D-9E1F2A4B6C8D',
  device_id: 'b4c1f0a2d3e59687',
  user_id: 'u-example-0001',
  anonymous_id: '0f6e2b7a-4c1d-4e8b-9a3f-5d7c9b1e3f20',
  push_token: '740f4707bebcf74f9b7c25d48e3358945f6aa01da5ddb387462c7eaf61bb78ad',
  partner_id: Object.fromEntries(PARTNER_ID_NAMES.map((name, index) => [name, `17000000000${10 + index}-123456789`])),
  click_id: Object.fromEntries(CLICK_ID_NAMES.map((name, index) => [name, `Cj0KCQexample${10 + index}`])),
  message_id: 'message-example-0001',
  ip: '203.0.113.77',
  coordinates: { latitude: 38.58157, longitude: -121.4944 },
  place: { country: 'US', region: 'CA', city: 'Sacramento', postal: '95814' },
  email: 'robin@mail.example',
  phone: '+12025550123',
  name: { full: 'Robin Example', first: 'Robin', last: 'Example' },
  address: '1 Example Street',
  birth_date: '1980-01-31',
  gender: 'female',
  user_agent: 'Shop/4.2 (iPhone)',
  device: { manufacturer: 'Apple', model: 'iPhone15,2', type: 'ios', width: 390, height: 844, density: 3 },
  os: { name: 'iOS', version: '17.5' },
  locale: 'en-US',
  timezone: 'America/Los_Angeles',
  carrier: 'ExampleTel',
  network: { cellular: true, wifi: true, bluetooth: true },
  url: 'https://shop.example/item',
  referrer: 'https://from.example/',
  receipt: 'example-receipt',
}

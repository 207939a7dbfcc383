/** An event that holds everything: where a partner type cannot say even this one, it can say none. */
import type { AppId, EpochMs, EventRef, Revision } from '../../model/brand.ts'
import type { ContractPlan } from '../../model/contract.ts'
import { type AcceptedEvent, NO_STANDING, type RawSignals } from '../../model/event.ts'
import type { EventKind, FieldValues } from '../../model/values.ts'
import { EVENT_KINDS } from '../../model/values.ts'
import { CLICK_ID_NAMES, PARTNER_ID_NAMES } from '../../transform/classify.ts'

const FIELDS: FieldValues = {
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
  name: { first: 'Robin', last: 'Example' },
  address: '1 Example Street',
  birth_date: '1980-01-31',
  gender: 'unknown',
  user_agent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15',
  device: { manufacturer: 'Apple', model: 'iPhone15,2', type: 'ios', width: 390, height: 844, density: 3 },
  os: { name: 'iOS', version: '17.5' },
  locale: 'en-US',
  timezone: 'America/Los_Angeles',
  carrier: 'ExampleTel',
  network: { cellular: true, wifi: false },
  url: 'https://shop.example/item',
  referrer: 'https://from.example/',
  receipt: 'example-receipt',
}

/** @param place where it happens: under one law of the policy */
export function fullEvent(
  app: AppId,
  eventKey: string,
  { events }: Pick<ContractPlan, 'events'>,
  place: Pick<RawSignals, 'country' | 'region'>,
  at: EpochMs,
): AcceptedEvent {
  const property = Object.fromEntries(Object.keys(events[eventKey]?.properties ?? {}).map((path) => [path, 'sample']))
  return {
    app,
    // Sound: references that refer to nothing; nobody keeps this event.
    eventRef: '0'.repeat(32) as EventRef,
    kind: kindOf(eventKey),
    eventKey,
    receivedAt: at,
    identityKeys: [],
    fields: { ...FIELDS, time: new Date(at).toISOString(), property },
    tainted: [],
    signals: place,
    accepted: { revision: 0 as Revision, standing: NO_STANDING },
  }
}

function kindOf(eventKey: string): EventKind {
  return EVENT_KINDS.find((kind) => `@${kind}` === eventKey) ?? 'track'
}

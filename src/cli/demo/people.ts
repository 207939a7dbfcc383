/** The demo's fictional subjects, one for each rule. */
import { randomUUID } from 'node:crypto'
import type { JsonObject } from '../../model/brand.ts'

export interface Person {
  readonly userId: string
  readonly anonymousId: string
  readonly context: JsonObject
}

/** By default, an iPhone in California with tracking allowed. */
export function person(name: string, context: JsonObject = {}, device: JsonObject = {}): Person {
  return {
    userId: `u-${name.toLowerCase()}`,
    anonymousId: randomUUID(),
    context: {
      app: { name: 'Messenger', version: '9.1.0', build: '910', namespace: 'com.example.messenger' },
      device: {
        id: randomUUID().toUpperCase(),
        advertisingId: randomUUID().toUpperCase(),
        adTrackingEnabled: true,
        attTrackingStatus: 3,
        manufacturer: 'Apple',
        model: 'iPhone15,2',
        name: `${name}'s iPhone`,
        type: 'ios',
        ...device,
      },
      ip: '203.0.113.77',
      locale: 'en-US',
      location: { country: 'US', region: 'CA', city: 'Sacramento', latitude: 38.58157, longitude: -121.4944 },
      network: { carrier: 'ExampleTel', cellular: true, wifi: false },
      os: { name: 'iOS', version: '17.5' },
      screen: { width: 390, height: 844, density: 3 },
      timezone: 'America/Los_Angeles',
      traits: { email: `${name.toLowerCase()}@mail.example` },
      ...context,
    },
  }
}

/** A purchase by this subject. */
export function purchase({ userId, anonymousId, context }: Person, part: JsonObject = {}): JsonObject {
  return {
    type: 'track',
    event: 'Order Completed',
    messageId: randomUUID(),
    userId,
    anonymousId,
    timestamp: new Date().toISOString(),
    properties: { revenue: 6.5, currency: 'USD', order_id: `o-${randomUUID().slice(0, 8)}` },
    integrations: { AppsFlyer: { appsFlyerId: '1700000000000-1234567890123456789' } },
    context,
    ...part,
  }
}

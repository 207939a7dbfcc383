/** What every committed folder holds: who is in it, and what each of them said. */
import { type TestConfig, type TestContract, WRITE_KEY, webhookContract } from '../support/config-folder.ts'

/** Where the folder's partners were and are: their address is part of what was approved. Loopback, outside the system's own range of ports. */
export const PARTNER_HOST = '127.83.76.85'
export const PARTNER_PORT = 18_383
export const ORIGIN = `http://${PARTNER_HOST}:${PARTNER_PORT}`

export interface Person {
  readonly userId: string
  readonly advertisingId?: string
}

const device = (number: number): string => `6D92078A-8246-4BA4-AE5B-${String(number).padStart(12, '0')}`

/** Opted out by account after a purchase linked the device: the device is opted out too. */
export const OPTED_OUT_USER: Person = { userId: 'upgrade-opted-out' }
export const LINKED_DEVICE = device(900_001)
/** Opted out, then lifted by staff: shared again. */
export const LIFTED: Person = { userId: 'upgrade-lifted', advertisingId: device(900_002) }
export const IMPORTED_DEVICE = device(900_003)
export const GPC_DEVICE = device(900_004)
export const CHILD: Person = { userId: 'upgrade-child', advertisingId: device(900_005) }
export const US_PRIVACY_DEVICE = device(900_006)
export const ERASED: Person = { userId: 'upgrade-erased', advertisingId: device(900_007) }
/** Their purchases were accepted while nothing restricted, and wait at partners that did not take them. */
export const WAITING: readonly Person[] = [
  { userId: 'upgrade-waits-free', advertisingId: device(900_010) },
  { userId: OPTED_OUT_USER.userId, advertisingId: LINKED_DEVICE },
  { userId: 'upgrade-waits-imported', advertisingId: IMPORTED_DEVICE },
  { userId: 'upgrade-waits-gpc', advertisingId: GPC_DEVICE },
]

let serial = 100_000
/** A purchase in the US of somebody who allows tracking. `Order Waits` goes to every partner, others to acme alone. */
export function purchaseOf(
  messageId: string,
  person: Partial<Person> = {},
  context: object = {},
  event: 'Order Completed' | 'Order Waits' = 'Order Completed',
): object {
  serial++
  return {
    type: 'track',
    event,
    messageId: `upgrade-${messageId}`,
    userId: person.userId ?? `upgrade-plain-${serial}`,
    properties: { revenue: 6.5 },
    context: {
      device: {
        type: 'ios',
        advertisingId: person.advertisingId ?? device(serial),
        adTrackingEnabled: true,
        attTrackingStatus: 3,
      },
      os: { name: 'iOS', version: '17.5' },
      location: { country: 'US' },
      ip: '203.0.113.77',
      ...context,
    },
  }
}

/** Acme takes all, `silent` never answered, `down` had a bad day, `refuser` refuses for good, `halted` was stopped by hand. */
function contracts(): readonly TestContract[] {
  const origin = ORIGIN
  const limits = { per_second: 10_000, concurrency: 2, timeout_ms: 60_000, batch: 1, linger_ms: 5 }
  const events = { 'Order Waits': { as: 'purchase', properties: { revenue: 'value' } } }
  return [
    webhookContract('acme', origin, {
      events: { ...events, 'Order Completed': { as: 'purchase', properties: { revenue: 'value' } } },
      connection: { url: `${origin}/acme`, batch: true, idempotent: true },
    }),
    webhookContract('silent', origin, {
      events,
      connection: { url: `${origin}/silent`, batch: false, idempotent: false },
      when_restricted: { send: 'nothing' },
      limits,
    }),
    webhookContract('down', origin, {
      events,
      connection: { url: `${origin}/down`, batch: false, idempotent: true },
      when_restricted: { send: 'nothing' },
      limits,
    }),
    webhookContract('refuser', origin, { events, connection: { url: `${origin}/refuser`, batch: false }, limits }),
    webhookContract('halted', origin, { events, connection: { url: `${origin}/halted`, batch: false }, limits }),
  ]
}

export function configOf(): TestConfig {
  return {
    contracts: contracts(),
    gateway: { ledger: { origin: 'upgrade.example/ledger', segment_leaves: 256 } },
    apps: [
      {
        id: 'messenger-ios',
        name: 'Messenger',
        platform: 'ios',
        bundle: 'com.example.messenger',
        write_keys: [WRITE_KEY],
      },
    ],
  }
}

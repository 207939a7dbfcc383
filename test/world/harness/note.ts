/** What partners get of events whose one granted property says something of the person: one gateway for all, asked once. */
import { webhookContract } from '../../support/config-folder.ts'
import type { World } from './world.ts'

/** The person of the cases. */
export const PERSON = {
  idfa: '6D92078A-8246-4BA4-AE5B-76104861E7DC',
  idfv: '7D92078A-8246-4BA4-AE5B-76104861E7AA',
  email: 'first.last@gmail.com',
  phone: '+14155550132',
  name: 'Renée Mustermann',
  birthday: '1987-04-01',
  address: '17 Rosewood Lane, 94103',
  v4: '203.0.113.77',
  v6: '2001:db8:85a3:12::8a2e:370:7334',
  latitude: 37.774929,
  longitude: -122.419416,
} as const

export interface Sent {
  readonly note?: unknown
  readonly userId?: string
  readonly anonymousId?: string
  readonly messageId?: string
  readonly ip?: string
  readonly latitude?: number
  readonly longitude?: number
  readonly url?: string
  readonly traits?: object
  readonly properties?: object
  /** False for a person who did not opt out. */
  readonly optedOut?: boolean
}

/** Every class, to a partner that may have them while nobody opted out. */
const ALL_CLASSES = {
  ...Object.fromEntries(
    ['advertising_id', 'vendor_id', 'device_id', 'user_id', 'anonymous_id', 'message_id', 'push_token'].map((name) => [
      name,
      'pass',
    ]),
  ),
  ...Object.fromEntries(
    ['email', 'phone', 'name', 'address', 'birth_date', 'gender', 'coordinates', 'url'].map((name) => [name, 'pass']),
  ),
  ip: [32, 128],
}

export function eventOf({ note, latitude, longitude, traits, properties, ip, url, optedOut, ...ids }: Sent): object {
  const { idfa, idfv, email, phone, name, birthday, address, v4 } = PERSON
  return {
    type: 'track',
    event: 'Order Completed',
    userId: 'usr-88231-kx',
    anonymousId: optedOut === false ? 'anon-4711-free' : 'anon-4711-out',
    ...ids,
    properties: { ...(note === undefined ? {} : { note }), ...properties },
    context: {
      ip: ip ?? v4,
      os: { name: 'iOS', version: '17.5' },
      device: { type: 'ios', id: idfv, advertisingId: idfa, attTrackingStatus: 3 },
      location: { country: 'US', latitude: latitude ?? PERSON.latitude, longitude: longitude ?? PERSON.longitude },
      traits: { email, phone, name, birthday, address, ...traits },
      ...(url === undefined ? {} : { page: { url } }),
    },
  }
}

/**
 * Sends each, waits, and tells by id what each of both partners got: `none` is granted nothing but the property, `all` has
 * every class until somebody opts out. Undefined where nothing was sent.
 */
export async function partnersGot(
  world: World,
  sent: Readonly<Record<string, Sent>>,
  part: { readonly properties?: object; readonly share?: object; readonly all?: boolean; readonly optOut: boolean },
): Promise<Readonly<Record<string, readonly (string | undefined)[]>>> {
  const origins = [await world.partner(), ...(part.all === false ? [] : [await world.partner()])]
  const events = { 'Order Completed': { as: 'purchase', properties: part.properties ?? { note: 'note' } } }
  const share = part.share ?? { message_id: 'pass' }
  const restricted = { send: 'limited', share: { ...share, property: 'pass' } }
  const gateway = await world.gateway({
    contracts: origins.map(({ origin }, index) =>
      webhookContract(`p${index}`, origin, {
        events,
        share: index === 0 ? share : ALL_CLASSES,
        when_restricted: restricted,
        connection: { url: `${origin}/hooks` },
        limits: { per_second: 1_000, concurrency: 4, timeout_ms: 5_000 },
      }),
    ),
  })
  const ids = Object.keys(sent)
  const events_ = ids.map((id, index) => eventOf({ messageId: `m-${index}-of`, ...sent[id] }))
  if (part.optOut) {
    const users = new Set(events_.map((event) => (event as { userId: string }).userId))
    for (const user of users) {
      const { status } = await gateway.call('/v1/me/choices', {
        method: 'PUT',
        body: { identities: { user, anonymous: 'anon-4711-out' }, opt_out: true },
      })
      if (status !== 200) throw new Error(`the opt-out was answered ${status}`)
    }
  }
  // One after the other, so that each event's items are told apart from those of the event before.
  const got: Record<string, (string | undefined)[]> = {}
  for (const [index, id] of ids.entries()) {
    const before = origins.map(({ received }) => received.length)
    const { status } = await gateway.send([events_[index]!])
    if (status !== 200) throw new Error(`${id} was answered ${status}`)
    await gateway.settled()
    got[id] = origins.map(({ received }, at) => {
      const items = received.slice(before[at]!)
      return items.length === 0 ? undefined : items.map(({ path, body }) => `${path}\n${body}`).join('\n')
    })
  }
  return got
}

/** The same, once for all checks of a case. */
export function once<T>(make: (world: World) => Promise<T>): (world: World) => Promise<T> {
  let made: Promise<T> | undefined
  return (world) => {
    made ??= make(world)
    return made
  }
}

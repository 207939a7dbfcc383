/** A hash of somebody else, or of nobody: contact data was hashed as it stood, whatever it was. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { TestPartner } from '../../support/partner.ts'
import { IFA, relayedContract } from '../harness/bidder.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

const sha = (text: string): string => createHash('sha256').update(text).digest('hex')
const SHARE = {
  email: 'pass',
  phone: 'pass',
  user_id: 'pass',
  message_id: 'pass',
  time: 'pass',
  advertising_id: 'pass',
}
const USER = { ...SHARE, name: 'pass', gender: 'pass', place: 'postal' }
const { gender: _, ...NO_GENDER } = USER
const CONNECTIONS: Readonly<Record<string, readonly [share: object, connection: object]>> = {
  meta_capi: [USER, { dataset: '123456789', token: { env: 'TOK' } }],
  snapchat_capi: [USER, { id: '11111111-aaaa-4bbb-8ccc-222222222222', token: { env: 'TOK' } }],
  pinterest_capi: [USER, { ad_account: '549755885175', token: { env: 'TOK' } }],
  tiktok_events: [NO_GENDER, { event_source_id: '7000000000000000000', token: { env: 'TOK' } }],
  reddit_capi: [SHARE, { pixel: 't2_abc', token: { env: 'TOK' } }],
}
const EVENTS: Readonly<Record<string, string>> = { pinterest_capi: 'checkout', snapchat_capi: 'PURCHASE' }

// biome-ignore lint/suspicious/noExplicitAny: each partner has a shape of its own
type User = Record<string, any>

/** What each partner got of the user, of an event with these traits and place: the event arrives at every one. */
async function usersOf(
  world: World,
  traits: object,
  location: object = {},
  allowsPrecise = false,
): Promise<Readonly<Record<string, User>>> {
  const partners: Record<string, TestPartner> = {}
  const contracts = []
  for (const [type, [share, connection]] of Object.entries(CONNECTIONS)) {
    const partner = await world.partner()
    partners[type] = partner
    contracts.push(
      relayedContract(type.replace('_', '-'), type, {
        tcf_vendor: 52,
        events: { 'Order Completed': { as: EVENTS[type] ?? 'Purchase' } },
        share,
        when_restricted: { send: 'nothing' },
        connection: { ...connection, origin: partner.origin },
      }),
    )
  }
  const gateway = await world.folder({ contracts, shippedPolicy: true })
  await gateway.start({ env: { TOK: 'a-token' } })
  if (allowsPrecise) {
    const found = await gateway.staff('/api/v1/subjects/lookup', { body: { identities: { user: 'u-1' } } })
    const body = { precise_location: 'allow' }
    const said = await gateway.staff(`/api/v1/subjects/${found.body.handle}/choices`, { method: 'PUT', body })
    equal(said.status, 200, said.text)
  }
  const event = {
    type: 'track',
    event: 'Order Completed',
    messageId: 'm-1',
    userId: 'u-1',
    context: {
      device: { type: 'ios', advertisingId: IFA, attTrackingStatus: 3 },
      os: { name: 'iOS', version: '17.5' },
      location: { country: 'US', region: 'CA', ...location },
      consent: { categoryPreferences: {} },
      traits,
    },
  }
  const { status } = await gateway.send([event])
  equal(status, 200)
  await gateway.settled()
  return Object.fromEntries(
    Object.entries(partners).map(([type, { received }]) => {
      equal(received.length, 1, `${type}: the event did not arrive`)
      const body = JSON.parse(received[0]!.body) as User
      const first = body.data?.events?.[0] ?? body.data?.[0] ?? body.events?.[0]
      return [type, first.user_data ?? first.user]
    }),
  )
}
const first = (value: unknown): unknown => (Array.isArray(value) ? value[0] : value)
const phones = (users: Readonly<Record<string, User>>): readonly unknown[] =>
  Object.values(users).map(({ ph, phone, phone_number }) => first(ph ?? phone ?? phone_number))
const emails = (users: Readonly<Record<string, User>>): readonly unknown[] =>
  Object.values(users).map(({ em, email }) => first(em ?? email))
const of = (users: Readonly<Record<string, User>>, name: string): readonly unknown[] =>
  ['meta_capi', 'snapchat_capi', 'pinterest_capi'].map((type) => first(users[type]![name]))
const none = (count: number): readonly undefined[] => new Array(count).fill(undefined)
const isOneOf = (found: readonly unknown[], allowed: readonly unknown[]): void => {
  for (const one of found) ok(allowed.includes(one), String(one))
}
const HASH = sha('anna@mail.example')

export const world: WorldCase = {
  source:
    'linagora/twake-on-matrix#3017, googleads/google-ads-java#900, rudderlabs/rudder-transformer#5351; facebook-python-business-sdk, normalize tests; segmentio/action-destinations#2022, #3720',
  faults: {
    'relay-F1': async (world) => deepEqual(phones(await usersOf(world, { phone: '0151 23456789' })), none(5)),
    'relay-F1-trunk': async (world) => {
      const users = await usersOf(world, { phone: '+49 (0)151 23456789' })
      isOneOf(phones(users), [undefined, sha('4915123456789'), sha('+4915123456789')])
    },
    'relay-F11': async (world) => {
      for (const email of ['null', 'a@b']) deepEqual(emails(await usersOf(world, { email })), none(5), email)
    },
    'relay-F4': async (world) => deepEqual(of(await usersOf(world, { gender: 'prefer not to say' }), 'ge'), none(3)),
    'relay-F9': async (world) => {
      const users = await usersOf(world, { email: ` ${HASH} ` })
      deepEqual(emails(users), new Array(5).fill(HASH))
    },
    'relay-F6': async (world) => {
      const users = await usersOf(world, {}, { postalCode: '94025-1234' }, true)
      isOneOf([...of(users, 'zp'), users.tiktok_events!.zip_code], [undefined, sha('94025')])
    },
    'relay-F7': async (world) =>
      isOneOf(of(await usersOf(world, {}, { region: 'California' }), 'st'), [undefined, sha('ca')]),
  },
  neighbours: {
    'numbers with their country’s code, and an extension': async (world) => {
      for (const phone of ['+44 844 412 4653', '0044 844 412 4653', '+44 844 412 4653 ext. 9']) {
        const found = phones(await usersOf(world, { phone }))
        isOneOf(found, [sha('448444124653'), sha('+448444124653')])
      }
    },
    'an address, a gender, a state’s code': async (world) => {
      const users = await usersOf(
        world,
        { email: ' Anna@Mail.example', gender: 'Female' },
        { region: 'CA', city: 'Palo Alto' },
      )
      isOneOf(emails(users), [HASH])
      deepEqual(of(users, 'ge'), new Array(3).fill(sha('f')))
      deepEqual(of(users, 'st'), new Array(3).fill(sha('ca')))
      deepEqual(of(users, 'ct'), new Array(3).fill(sha('paloalto')))
    },
  },
}

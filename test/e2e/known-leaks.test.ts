/** Leaks that peers are known for, each over real sockets: from what an app or SDK sends to what a partner receives. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type TestContract, webhookContract } from '../support/config-folder.ts'
import { foundIn } from '../support/forms.ts'
import { type House, purchase, startHouse } from '../support/house.ts'
import type { Received, TestPartner } from '../support/partner.ts'
import { bidderContract, bidRequest, relay } from '../support/relay.ts'

interface Set {
  readonly house: House
  readonly partner: TestPartner
}

async function withContract(t: TestContext, make: (origin: string) => TestContract): Promise<Set> {
  const { house, partners } = await startHouse(t, ([partner]) => ({ contracts: [make(partner!.origin)] }))
  return { house, partner: partners[0] as TestPartner }
}

const textOf = ({ path, headers, body }: Received): string => [path, JSON.stringify(headers), body].join('\n')
const absent = (partner: TestPartner, values: readonly (string | number)[]): void => {
  for (const received of partner.received) equal(foundIn(textOf(received), values), undefined)
}
/** Everything that a webhook can carry, whole. */
const GENEROUS = {
  advertising_id: 'pass',
  vendor_id: 'pass',
  user_id: 'pass',
  email: 'pass',
  ip: 'pass',
  place: 'pass',
  coordinates: 'pass',
  user_agent: 'pass',
  message_id: 'pass',
}

test('user.eids in the 2.6 place', async (t) => {
  const { house, partner } = await withContract(t, (origin) => bidderContract('acme', origin))
  partner.answer = { status: 204, body: '' }
  const limited = bidRequest({}, { lmt: 1 })
  await relay(house, 'acme/bid', limited)
  equal(partner.received.length, 1)
  absent(partner, [limited.user.eids[0].uids[0].id, limited.user.ext.eids[0].uids[0].id])
  const sent = JSON.parse(partner.received[0]!.body)
  deepEqual([sent.user?.eids, sent.user?.ext?.eids], [undefined, undefined])
})

test('precise user.geo beside a coarsened device.geo', async (t) => {
  const { house, partner } = await withContract(t, (origin) => bidderContract('acme', origin))
  partner.answer = { status: 204, body: '' }
  await relay(
    house,
    'acme/bid',
    bidRequest({}, {}, { geo: { lat: 30.312345, lon: -97.712345, country: 'USA', zip: '78702' } }),
  )
  equal(partner.received.length, 1)
  const { device, user } = JSON.parse(partner.received[0]!.body)
  for (const geo of [device.geo, user?.geo])
    for (const part of [geo?.lat, geo?.lon])
      if (part !== undefined)
        for (const precise of [30.267153, -97.743057, 30.312345, -97.712345])
          ok(Math.abs(part - precise) > 0.000_5, `${part} is ${precise}`)
  absent(partner, ['30.312345', '-97.712345', '30.267153', '-97.743057', '78701', '78702'])
})

test('zip and metro after a geo denial', async (t) => {
  const { house, partner } = await withContract(t, (origin) =>
    bidderContract('acme', origin, {
      share: { message_id: 'pass', place: 'country' },
      when_restricted: { send: 'nothing' },
    }),
  )
  partner.answer = { status: 204, body: '' }
  await relay(house, 'acme/bid', bidRequest())
  equal(partner.received.length, 1)
  const { device, user } = JSON.parse(partner.received[0]!.body)
  deepEqual(device.geo, { country: 'USA' })
  for (const member of ['zip', 'metro', 'city', 'region', 'lat', 'lon', 'accuracy', 'type'])
    equal(user?.geo?.[member], undefined, member)
  absent(partner, ['78701', '78702', 'Austin'])
  ok(!/"635"|787\d\d/.test(partner.received[0]!.body))
})

test('-85.34321', async (t) => {
  const { house, partner } = await withContract(t, (origin) =>
    webhookContract('acme', origin, {
      share: { ...GENEROUS, coordinates: '50km2' },
      when_restricted: { send: 'nothing' },
    }),
  )
  await house.send([purchase({}, { location: { country: 'US', latitude: -85.34321, longitude: 179.99951 } })])
  await house.settled()
  const [item] = partner.items() as readonly { geo: { latitude: number; longitude: number } }[]
  const { latitude, longitude } = item!.geo
  ok(Math.abs(latitude - -85.34321) < 0.2 && Math.abs(latitude - -85.34321) > 0.000_5, String(latitude))
  // At that latitude a cell is many degrees wide: the other side of the date line is near.
  ok(longitude >= -180 && longitude <= 180 && Math.abs(longitude - 179.99951) > 0.000_5, String(longitude))
  absent(partner, ['-85.34321', '85.34321', '179.99951'])
})

test('an exact position that nobody opted in to', async (t) => {
  const { house, partner } = await withContract(t, (origin) =>
    webhookContract('acme', origin, { share: { ...GENEROUS }, when_restricted: { send: 'nothing' } }),
  )
  await house.send([purchase({}, { location: { country: 'US', latitude: 30.267153, longitude: -97.743057 } })])
  await house.settled()
  const [item] = partner.items() as readonly { geo: { latitude: number } }[]
  ok(Math.abs(item!.geo.latitude - 30.267153) < 0.2, 'where it is, roughly')
  absent(partner, ['30.267153', '97.743057'])
})

test('IDFV for third parties', async (t) => {
  const IDFV = '7D92078A-8246-4BA4-AE5B-76104861E7DC'
  const make = (origin: string): TestContract =>
    webhookContract('acme', origin, {
      share: { ...GENEROUS },
      when_restricted: { send: 'limited', share: { ...GENEROUS } },
    })
  const { house, partners } = await startHouse(t, ([partner]) => ({
    contracts: [
      make(partner!.origin),
      webhookContract('helper', partner!.origin, {
        share: { vendor_id: 'pass' },
        when_restricted: { send: 'limited', share: { vendor_id: 'pass' } },
        role: 'service_provider',
        agreement: { ref: 'A-1', until: '2099-12-31' },
        purposes: ['analytics'],
        connection: { url: `${partner!.origin}/helper`, batch: true },
      }),
    ],
  }))
  const partner = partners[0] as TestPartner
  const device = { type: 'ios', id: IDFV, idfv: IDFV, adTrackingEnabled: false, attTrackingStatus: 2 }
  await house.send([purchase({}, { device })])
  await house.settled()
  const third = partner.received.filter(({ path }) => path === '/hooks')
  const provider = partner.received.filter(({ path }) => path === '/helper')
  deepEqual([third.length, provider.length], [1, 1])
  equal(foundIn(textOf(third[0]!), [IDFV]), undefined)
  ok(textOf(provider[0]!).includes(IDFV))
})

test('raw payload in callback parameters', async (t) => {
  const { house, partner } = await withContract(t, (origin) => ({
    ...webhookContract('acme', origin),
    type: 'adjust',
    events: { 'Order Completed': { as: 'f0ob4r', properties: { plan: 'plan', 'items[].sku': 'skus' } } },
    share: { advertising_id: 'pass', ip: [24, 0] },
    when_restricted: { send: 'nothing' },
    connection: { app_token: 'abc123', send_as: 'query', origin },
    limits: { per_second: 10, concurrency: 1, timeout_ms: 20_000, batch: 1, linger_ms: 0 },
  }))
  const properties = {
    plan: 'gold',
    items: [
      { sku: 'sku-1', email: 'hidden@mail.example' },
      { sku: 'sku-2', note: { deep: ['hidden-deep-note'] } },
    ],
    email: 'anna@mail.example',
    location: { latitude: 30.267153, longitude: -97.743057 },
    raw: JSON.stringify({ email: 'raw@mail.example' }),
    unnamed: 'never-named',
  }
  await house.send([purchase({ properties })])
  await house.settled()
  const [received] = partner.received
  const sent = new URLSearchParams(received!.path.split('?')[1])
  deepEqual(JSON.parse(sent.get('callback_params')!), { plan: 'gold', 'skus[0]': 'sku-1', 'skus[1]': 'sku-2' })
  equal(sent.get('partner_params'), null)
  absent(partner, [
    'hidden@mail.example',
    'hidden-deep-note',
    'anna@mail.example',
    'raw@mail.example',
    'never-named',
    '30.267153',
  ])
})

test('omitted fields forwarded in context.protocols', async (t) => {
  const { house, partner } = await withContract(t, (origin) =>
    webhookContract('acme', origin, {
      share: { ...GENEROUS, email: 'drop' },
      when_restricted: { send: 'nothing' },
      events: { 'Order Completed': { as: 'purchase', properties: { revenue: 'value', 'context.protocols': 'p' } } },
    }),
  )
  const protocols = {
    sourceId: 'source-77-protocols',
    omitted: ['properties.email', 'traits.ssn'],
    omitted_properties: { email: 'omitted@mail.example', ssn: '078-05-1120' },
    violations: [{ field: 'email', value: 'violating@mail.example' }],
  }
  await house.send([purchase({}, { protocols })])
  await house.settled()
  equal(partner.items().length, 1)
  match(partner.received[0]!.body, /"value":6\.5/)
  absent(partner, [
    'omitted@mail.example',
    '078-05-1120',
    'violating@mail.example',
    'source-77-protocols',
    'traits.ssn',
  ])
})

test('an e-mail and a phone number that another partner alone is granted', async (t) => {
  const { house, partners } = await startHouse(t, ([partner]) => ({
    contracts: [
      webhookContract('acme', partner!.origin, { share: { user_id: 'pass' }, when_restricted: { send: 'nothing' } }),
      webhookContract('helper', partner!.origin, {
        share: { email: 'pass', phone: 'pass' },
        when_restricted: { send: 'nothing' },
        connection: { url: `${partner!.origin}/helper`, batch: true },
      }),
    ],
  }))
  const partner = partners[0] as TestPartner
  const traits = { email: 'anna@mail.example', phone: '+15125550123' }
  await house.send([purchase({}, { traits })])
  await house.settled()
  const to = (path: string) => partner.received.filter((one) => one.path === path).map(textOf)
  deepEqual([to('/hooks').length, to('/helper').length], [1, 1])
  for (const value of Object.values(traits)) {
    equal(foundIn(to('/hooks')[0]!, [value]), undefined)
    ok(foundIn(to('/helper')[0]!, [value]) !== undefined, 'the other one has it')
  }
})

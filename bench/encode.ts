/** What encoding one item costs, by partner type: everything granted and nothing restricted, then restricted. */
import { FREE, type PrivacyFlags } from '../src/model/decision.ts'
import type { View } from '../src/model/values.ts'
import { PARTNER_TYPES } from '../src/partners/registry.ts'
import { CONNECTIONS, leastFor } from '../test/support/partner-settings.ts'
import { type Figures, shown, shownRange } from './support/figures.ts'
import { cpuMicrosEach } from './support/micro.ts'
import type { Report } from './support/report.ts'

const VIEWS = 2_000
const TARGET_MICROS = 10
const RESTRICTED: PrivacyFlags = { ...FREE, restricted: true, sale: true, sharing: true, targetedAdvertising: true }

export async function run(): Promise<Report> {
  const rows = PARTNER_TYPES.map(({ type, abilities, encoder }) => {
    const { item } = encoder(CONNECTIONS[type]!)
    const bytesOf = (view: View, flags: PrivacyFlags): string => {
      const encoded = item(view, flags)
      if (encoded.kind !== 'item') throw new Error(`${type} could not say its event: ${encoded.needs}`)
      return encoded.bytes
    }
    let serial = 0
    const full = () => Array.from({ length: VIEWS }, () => viewFor(abilities, serial++))
    const least = () => Array.from({ length: VIEWS }, () => ({ ...bare(), ...leastFor(type) }))
    const size = Buffer.byteLength(bytesOf(viewFor(abilities, 7), FREE))
    const costs: readonly Figures[] = [
      cpuMicrosEach(full, (view) => bytesOf(view, FREE)),
      cpuMicrosEach(least, (view) => bytesOf(view, RESTRICTED)),
    ]
    const [everything, little] = costs
    return [
      type,
      String(size),
      shown(everything!.median),
      shownRange(everything!),
      shown(little!.median),
      String(TARGET_MICROS),
    ]
  })
  return {
    question: 'What does encoding one item cost?',
    method:
      'CPU of one thread, medians over rounds of 8,000 views, each new. The first view holds everything that the type can carry, ' +
      'with seven contact fields to hash where it takes them; the second no more than it needs, under every restriction.',
    columns: ['type', 'bytes', 'everything, µs', 'min..max', 'restricted, µs', 'target'],
    rows,
    notes: ['every item was one that the type can say'],
  }
}

const bare = (): View => ({
  event: 'Purchase',
  kind: 'track',
  app: { id: 'puzzle-ios', bundle: 'com.example.puzzle', platform: 'ios' },
})

/** Every slot a type is able to carry; AppsFlyer's 1 KB holds no contact data beside the rest. */
function viewFor(abilities: object, serial: number): View {
  const mark = serial.toString(16).padStart(12, '0')
  const slots: Omit<View, 'event' | 'kind' | 'app'> = {
    advertising_id: { id: `11111111-2222-4333-8444-${mark}`.toUpperCase(), kind: 'idfa' },
    vendor_id: `AAAAAAAA-BBBB-4CCC-8DDD-${mark}`.toUpperCase(),
    device_id: `${mark}0000`,
    user_id: `user-${mark}`,
    anonymous_id: `anonymous-${mark}`,
    push_token: `push-${mark}`,
    partner_id: Object.fromEntries(PARTNER_IDS.map((name) => [name, `${name}-${mark}`])),
    click_id: { click_id: `click-${mark}`, gclid: `gclid-${mark}`, fbc: `fb.1.1.${mark}`, ttclid: `tt-${mark}` },
    message_id: `m-${mark}`,
    ip: `203.0.${(serial >> 8) & 255}.${serial & 255}`,
    coordinates: { latitude: 52.52, longitude: 13.405 },
    place: { country: 'DE', region: 'Berlin', city: 'Berlin', postal: '10115' },
    user_agent: 'ExamplePuzzle/4.2.1 (iPhone; iOS 17.5; Scale/3.00)',
    device: { manufacturer: 'Apple', model: 'iPhone15,2', type: 'ios', width: 390, height: 844, density: 3 },
    os: { name: 'iOS', version: '17.5' },
    locale: 'de-DE',
    timezone: 'Europe/Berlin',
    carrier: 'ExampleTel',
    network: { wifi: true, cellular: true },
    time: '2026-01-02T03:04:05.678Z',
    url: 'https://shop.example/item?sku=1',
    referrer: 'https://search.example/',
    property: { value: 6.5, currency: 'USD', order_id: `o-${mark}`, 'contents[].id': ['sku-1', 'sku-2'] },
  }
  const contacts: Omit<View, 'event' | 'kind' | 'app'> = {
    email: `${mark}@mail.example`,
    phone: '+49 (30) 555-0132',
    name: { first: 'Anna', last: 'Muster' },
    birth_date: '1990-05-06',
    gender: 'female',
  }
  const all =
    Object.hasOwn(abilities, 'click_id') || !Object.hasOwn(abilities, 'email') ? { ...slots, ...contacts } : slots
  return { ...bare(), ...Object.fromEntries(Object.entries(all).filter(([slot]) => Object.hasOwn(abilities, slot))) }
}

const PARTNER_IDS = ['appsflyer_id', 'adid', 'kochava_device_id', 'fbp', 'ttp', 'uid2']

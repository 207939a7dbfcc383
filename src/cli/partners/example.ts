/** Cases by hand, as the pages show them, and a view that holds everything. */
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { PrivacyFlags } from '../../model/decision.ts'
import type { FieldValues, View } from '../../model/values.ts'
import type { Connection } from '../../partners/type.ts'

export interface ExemplaryCase {
  readonly file: string
  readonly title: string
  readonly connection: Connection
  readonly items: readonly { readonly view: View; readonly flags: readonly (keyof PrivacyFlags)[] }[]
  /** Of all its items. */
  readonly flags: readonly (keyof PrivacyFlags)[]
}
/** One answer of a partner, in `cases/answers.json`. */
export interface AnswerCase {
  readonly status: number
  readonly body?: string
  readonly means: 'delivered' | 'again' | 'final'
}

export async function readExample(path: string): Promise<ExemplaryCase> {
  const read = JSON.parse(await readFile(path, 'utf8')) as Omit<ExemplaryCase, 'file' | 'flags'>
  return { ...read, file: basename(path), flags: read.items.flatMap(({ flags }) => flags) }
}

/** A view of an iPhone that holds these values. */
export function viewOf(values: FieldValues, platform: 'ios' | 'android' = 'ios'): View {
  return { event: 'event', kind: 'track', app: { id: 'shop', bundle: 'com.example.shop', platform }, ...values }
}

/** Something in every slot, unlike anything a type writes of its own accord. */
export const EVERYTHING: FieldValues = {
  advertising_id: { id: '11111111-2222-4333-8444-555555555555', kind: 'idfa' },
  vendor_id: 'AAAAAAAA-BBBB-4CCC-8DDD-EEEEEEEEEEEE',
  device_id: '9774d56d682e549c',
  user_id: 'user-4711',
  anonymous_id: 'anonymous-4711',
  push_token: 'push-4711',
  partner_id: Object.fromEntries(
    'appsflyer_id adid branch_id browser_fingerprint_id kochava_device_id singular_device_id fbp anon_id fb_login_id lead_id subscription_id ttp tiktok_external_id uuid_c1 epik rdt_uuid buyeruid uid2 id5 rampid'
      .split(' ')
      .map((name) => [name, `${name}-4711`]),
  ),
  click_id: Object.fromEntries(
    'click_id gclid gbraid wbraid fbc ttclid ctwa_clid sccid rdt_cid'.split(' ').map((name) => [name, `${name}-4711`]),
  ),
  message_id: 'message-4711',
  ip: '203.0.113.77',
  coordinates: { latitude: 52.5201, longitude: 13.4049 },
  place: { country: 'DE', region: 'Bavaria', city: 'Munich', postal: '80331' },
  email: 'anna@mail.example',
  phone: '+4930555013222',
  name: { full: 'Anna Muster', first: 'Anna', last: 'Muster' },
  address: '1 Example Street',
  birth_date: '1990-05-06',
  gender: 'female',
  user_agent: 'Shop/4.2 (iPhone)',
  device: { manufacturer: 'Apple', model: 'iPhone15,2', type: 'phone', width: 391, height: 845, density: 3.5 },
  os: { name: 'iOS', version: '17.5' },
  locale: 'de-AT',
  timezone: 'Europe/Vienna',
  carrier: 'ExampleTel',
  network: { wifi: true, bluetooth: true },
  time: '2026-01-02T03:04:05.678Z',
  url: 'https://shop.example/item',
  referrer: 'https://search.example/',
  receipt: 'receipt-4711',
  property: { sub1: 'property-4711', revenue: 6.5, currency: 'EUR', currency_code: 'EUR', value: 6.5 },
}

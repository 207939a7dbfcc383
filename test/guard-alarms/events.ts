/**
 * Events of apps whose ids are independent of each other, as shops, messengers and games send them. The shapes are those of
 * Segment's e-commerce, mobile and video specifications (segment.com/docs/connections/spec), of Firebase's recommended events
 * and of GA4's e-commerce (developers.google.com/analytics/devguides/collection/ga4/reference/events); names and words are
 * drawn so that many events hold given names, offices' mailboxes, prices like degrees, and numbers like counters.
 */
import { createHash } from 'node:crypto'
import type { JsonObject } from '../../src/model/brand.ts'

/** A generator of whole numbers from 0 to below `most`, the same for each seed (mulberry32). */
export type Draw = (most: number) => number

export function createDraw(seed: number): Draw {
  let state = seed >>> 0
  return (most) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * most)
  }
}

const GIVEN =
  'Anna Ben Carla David Emma Felix Grace Hugo Ida Jonas Karl Lena Max Nora Oscar Paula Rosa Sam Tom Vera'.split(' ')
/** Families and streets are put together: there are as many as in a small town. */
const STEMS =
  'Ander Berg Carl Dober Eber Fisch Green Hart Iver John Kirch Lind Mark Nor Oster Peter Rose Stein Thor Wald'.split(
    ' ',
  )
const ENDS = 'son man ner bach berg dale ford gren ham ley mann ness quist stad ton well wick wood worth sen'.split(' ')
const FAMILY: readonly string[] = STEMS.flatMap((stem) => ENDS.map((end) => stem + end))
const WORDS =
  'red blue soft large small old new summer winter classic silver green puzzle lamp shirt mug poster ring'.split(' ')
const STREETS: readonly string[] = FAMILY.flatMap((name) => ['Lane', 'Street', 'Road'].map((kind) => `${name} ${kind}`))
const OFFICES = 'info support hello sales orders service noreply team contact newsletter'.split(' ')
const HOSTS = 'mail.example gmail.com outlook.example post.example icloud.example'.split(' ')
const pick = <T>(draw: Draw, from: readonly T[]): T => from[draw(from.length)]!
const digits = (draw: Draw, count: number): string => String(10 ** (count - 1) + draw(9 * 10 ** (count - 1)))
const hex = (draw: Draw, count: number): string => Array.from({ length: count }, () => draw(16).toString(16)).join('')
const uuid = (draw: Draw): string =>
  `${hex(draw, 8)}-${hex(draw, 4)}-4${hex(draw, 3)}-a${hex(draw, 3)}-${hex(draw, 12)}`
const price = (draw: Draw): number => Math.round(draw(20_000)) / 100
const cents = (draw: Draw): number => 5 + draw(995) / 10 ** draw(4)

/** One event of one of three kinds of apps. */
export function eventFor(draw: Draw): JsonObject {
  const make = pick(draw, [shop, shop, messenger, game])
  return { ...make(draw), ...ids(draw), context: context(draw) }
}

function ids(draw: Draw): JsonObject {
  const user = pick(draw, [
    () => digits(draw, 5 + draw(5)),
    () => digits(draw, 5 + draw(5)),
    () => uuid(draw),
    () => `u_${hex(draw, 12)}`,
    () => `${pick(draw, GIVEN).toLowerCase()}${digits(draw, 2)}`,
    () => `${pick(draw, GIVEN)}${pick(draw, ['.', '_', '-', ''])}${pick(draw, FAMILY)}`.toLowerCase(),
    () => `u-${digits(draw, 2 + draw(4))}`,
    () => Array.from({ length: 24 }, () => String.fromCharCode((draw(2) === 0 ? 65 : 97) + draw(26))).join(''),
  ])()
  return { userId: user, anonymousId: uuid(draw), messageId: `ajs-next-${draw(2 ** 31)}-${uuid(draw)}` }
}

function context(draw: Draw): JsonObject {
  const [first, last] = [pick(draw, GIVEN), pick(draw, FAMILY)]
  const traits: JsonObject = {
    email: `${first.toLowerCase()}${pick(draw, ['.', '', '_'])}${last.toLowerCase()}${draw(100)}@${pick(draw, HOSTS)}`,
    phone: `+1${digits(draw, 10)}`,
    ...(draw(2) === 0 ? { name: `${first} ${last}` } : { firstName: first, lastName: last }),
    birthday: `${1950 + draw(55)}-${String(1 + draw(12)).padStart(2, '0')}-${String(1 + draw(28)).padStart(2, '0')}`,
    address: {
      street: `${1 + draw(200)} ${pick(draw, STREETS)}`,
      city: 'Austin',
      country: 'US',
      postalCode: digits(draw, 5),
    },
    plan: pick(draw, ['free', 'premium', 'team']),
    logins: draw(500),
  }
  return {
    ip: `${1 + draw(222)}.${draw(256)}.${draw(256)}.${1 + draw(254)}`,
    locale: 'en-US',
    timezone: 'America/Chicago',
    userAgent: `Shop/${draw(20)}.${draw(20)}.${draw(20)} (iPhone; iOS 17.${draw(6)})`,
    app: { name: 'Shop', version: `${draw(20)}.${draw(20)}.${draw(20)}.${draw(9)}`, build: digits(draw, 4 + draw(3)) },
    device: {
      type: 'ios',
      id: uuid(draw).toUpperCase(),
      advertisingId: uuid(draw).toUpperCase(),
      attTrackingStatus: 3,
      model: 'iPhone15,2',
    },
    os: { name: 'iOS', version: `17.${draw(6)}.${draw(4)}` },
    screen: { width: 1_170, height: 2_532, density: 3 },
    location: {
      country: 'US',
      city: 'Austin',
      latitude: 24 + draw(25_000_000) / 1e6,
      longitude: -124 + draw(57_000_000) / 1e6,
    },
    page: {
      url: `https://shop.example/p/${pick(draw, WORDS)}-${digits(draw, 5 + draw(4))}?ref=${hex(draw, 8)}&v=${draw(100)}`,
      title: pick(draw, GIVEN),
    },
    traits,
  }
}

/** The named properties of all three: what contracts of the campaign grant. */
export const PROPERTIES: readonly string[] = [
  'order_id revenue total currency coupon note products[].product_id products[].sku products[].name products[].price store seller',
  'chat_id message_length duration link image file score level item_id item_name amount session map room url2 when contact hash',
].flatMap((line) => line.split(' '))

function shop(draw: Draw): JsonObject {
  const product = (): JsonObject => ({
    product_id: hex(draw, 24),
    sku: `${digits(draw, 4)}-${digits(draw, 3)}-${digits(draw, 4)}`,
    name: `${pick(draw, [...GIVEN, ...FAMILY])} ${pick(draw, WORDS)} ${pick(draw, WORDS)}`,
    price: price(draw),
    quantity: 1 + draw(4),
  })
  return {
    type: 'track',
    event: 'Order Completed',
    properties: {
      order_id: pick(draw, [digits(draw, 5 + draw(5)), hex(draw, 20), `#${digits(draw, 6)}`]),
      revenue: price(draw),
      total: cents(draw),
      currency: 'USD',
      coupon: `${pick(draw, WORDS).toUpperCase()}-${digits(draw, 2)}`,
      note: noteFor(draw),
      store: `Store ${digits(draw, 3 + draw(4))}, ${1 + draw(200)} ${pick(draw, STREETS)}`,
      seller: pick(draw, [
        `${pick(draw, OFFICES)}@${pick(draw, HOSTS)}`,
        `${pick(draw, FAMILY)} & Sons`,
        pick(draw, GIVEN),
      ]),
      products: Array.from({ length: 1 + draw(4) }, product),
    },
  }
}

function noteFor(draw: Draw): string {
  return pick(draw, [
    () => `order ${digits(draw, 5 + draw(3))}`,
    () => `for ${pick(draw, GIVEN)}`,
    () => `gift for ${pick(draw, GIVEN)} ${pick(draw, FAMILY)}, ${pick(draw, WORDS)}`,
    () =>
      `deliver to ${1 + draw(200)} ${pick(draw, STREETS)} after ${2026}-${String(1 + draw(12)).padStart(2, '0')}-10`,
    () => `questions to ${pick(draw, OFFICES)}@shop.example`,
    () => `SKU-${digits(draw, 4)}-B, ${cents(draw)} x ${cents(draw)}`,
    () => `user ${digits(draw, 5 + draw(3))} liked it`,
    () => `https://shop.example/o/${digits(draw, 5 + draw(4))}/items?page=${draw(20)}`,
  ])()
}

function messenger(draw: Draw): JsonObject {
  return {
    type: 'track',
    event: 'Message Sent',
    properties: {
      chat_id: pick(draw, [`-100${digits(draw, 10)}`, uuid(draw), digits(draw, 6 + draw(3))]),
      message_length: draw(400),
      duration: draw(100_000) / 1_000,
      link: `https://chat.example/j/${digits(draw, 5 + draw(6))}`,
      image: `https://cdn.example/${hex(draw, 2)}/${createHash('sha256').update(hex(draw, 8)).digest('hex')}.jpg`,
      file: Buffer.from(`${pick(draw, WORDS)} ${pick(draw, WORDS)} ${digits(draw, 6)}`).toString('base64'),
      room: `${pick(draw, GIVEN)}'s ${pick(draw, WORDS)} room`,
      contact: `${pick(draw, OFFICES)}@${pick(draw, HOSTS)}`,
      hash: createHash('md5').update(hex(draw, 8)).digest('hex'),
    },
  }
}

function game(draw: Draw): JsonObject {
  return {
    type: 'track',
    event: 'Level Up',
    properties: {
      score: draw(10_000_000),
      level: draw(200),
      item_id: digits(draw, 5 + draw(3)),
      item_name: `${pick(draw, WORDS)} ${pick(draw, GIVEN)}`,
      amount: price(draw),
      session: String(1_700_000_000 + draw(90_000_000)),
      map: `${draw(90_000) / 1_000},${draw(180_000) / 1_000}`,
      when: new Date(Date.UTC(1990 + draw(37), draw(12), 1 + draw(28), draw(24))).toISOString(),
      url2: `https://game.example/clan/${digits(draw, 5 + draw(3))}?tab=${draw(5)}`,
    },
  }
}

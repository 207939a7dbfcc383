/** What of a raw event is personal, told by its key and its look alone: neither the field dictionary nor the guard is asked. */
import { isIP } from 'node:net'
import { type Leaf, leavesWithPointers } from '../../../src/cli/partners/pointers.ts'
import type { JsonObject } from '../../../src/model/brand.ts'

export type PersonalKind = 'identifier' | 'contact' | 'ip' | 'coordinate'
export interface Told {
  readonly pointer: string
  readonly text: string
  /** Undefined for whatever tells neither who nor where somebody is. */
  readonly kind: PersonalKind | undefined
}

const COORDINATE_KEY = /^(lat|latitude|lon|lng|long|longitude)$/i
const CONTACT_KEY =
  /^(e_?mails?|phones?|phone_?numbers?|first_?names?|last_?names?|full_?name|user_?name|street|street_?address|dob|db|birthday|birth_?date|date_?of_?birth|hashedphonenumber|.*_?(email|phone)_?hash(ed)?)$/i
const IDENTIFIER_KEY =
  /^(.*_?ids?|.*[a-z]Ids?|idfa|idfv|gaid|aaid|oaid|asid|andi|adid|imei|token|.*_token|fbp|fbc|_fbp|_fbc|ttp|ttclid|twclid|gclid|gbraid|wbraid|dclid|uuid.*|rdt_cid|epik|_epik|sccid|rampid|uid2|id5)$/i
/** Ids of things, and of the event itself. */
const THING_KEY =
  /^(message_?id|event_?id|product_?ids?|content_?ids?|order_?id|checkout_?id|cart_?id|shop_?id|store_?id|sku|category_?id|coupon_?id|promotion_?id|campaign_?id|list_?id|item_?id|game_?id|battle_?id|tournament_?id|event_?set_?id|pixel_?id|app_?id|template_?id|merchant_?id|variant_?id|wishlist_?id|transaction_?id|conversion_?id|floodlight.*id|gem_?id|partner_?id|deduplication.*|lead_event_?id|test_?event_?code|session_?id|hotel_?id|flight_?id|offer_?id|creative_?id|fetch_token|paid|valid)$/i
const UUID = /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i
const EMAIL = /^[^\s@]+@[^\s@][^\s@.]*\.[^\s@]+$/

/** Switches are left out: `true` says too little to be told from any other. */
export function personalIn(input: JsonObject): readonly Told[] {
  const leaves = leavesWithPointers(input).filter(([, text]) => text !== 'true' && text !== 'false')
  return leaves.map(([pointer, text]) => ({ pointer, text, kind: kindOf([pointer, text]) }))
}

function kindOf([pointer, text]: Leaf): PersonalKind | undefined {
  const steps = pointer.split('/').filter((step) => !/^\d*$/.test(step))
  const key = steps.at(-1) ?? ''
  const holder = steps.at(-2) ?? ''
  if (isIP(text) !== 0) return 'ip'
  if (EMAIL.test(text)) return 'contact'
  if (COORDINATE_KEY.test(key) && /\d/.test(text)) return 'coordinate'
  if (text.length < 2 || /^(true|false|null|none|n\/a)$/i.test(text)) return undefined
  if (THING_KEY.test(key)) return undefined
  if (UUID.test(text)) return 'identifier'
  if (CONTACT_KEY.test(key) || (key === 'name' && (holder === 'traits' || holder === 'device'))) return 'contact'
  if (key === 'id' && !/^(device|externalId|user|traits|partner)s?$/i.test(holder)) return undefined
  if (IDENTIFIER_KEY.test(key) || holder === 'externalIds') return 'identifier'
  return undefined
}

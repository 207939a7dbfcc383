/**
 * What no contract may send under a verdict: the verifier's own table, made from the laws and rules in docs/signals.md,
 * not from the code that decides. A valid record may be stricter than the table; one that violates it is an error.
 */
import type { IntentShape } from './shape.ts'
import { CLASSES, IP_CLASS } from './words.ts'

/** Bits of an INTENT's verdict: see `docs/ledger-format.md`. */
const SALE = 1
const SHARING = 2
const TARGETED_ADVERTISING = 4
const PRECISE_LOCATION = 8
const CHILD = 16
const DEVICE_LIMITS = 32
const SENSITIVE = 64
const COUNTRY_ONLY = 128

/** Class → name of the highest level that may be sent. */
type Limits = Readonly<Record<string, string>>

const IDS = ['advertising_id', 'vendor_id', 'device_id', 'user_id', 'anonymous_id', 'push_token', 'click_id']
const CONTACTS = ['email', 'phone', 'name', 'address', 'birth_date']
const dropped = (...names: readonly string[]): Limits => Object.fromEntries(names.map((name) => [name, 'drop']))

/** Never sent under any contract. */
const ALWAYS = dropped('hardware_id', 'contacts', 'message_content', 'media', 'face_data', 'payment')
/** COPPA, 16 CFR 312.2: support for internal operations only, no persistent identifier, no location below the country. */
const OF_A_CHILD: Limits = {
  ...dropped(...IDS, ...CONTACTS, 'partner_id', 'ip', 'coordinates', 'gender', 'receipt', 'property'),
  place: 'country',
  user_agent: 'reduced',
  device: 'reduced',
}
/** LMT and ATT: no identifier, and no data to fingerprint with. IP prefixes are at most 24 or 48 bits. */
const LIMITED_THIRD_PARTY: Limits = {
  ...dropped(...IDS, ...CONTACTS),
  user_agent: 'reduced',
  device: 'reduced',
  ip: '24/48',
}
const LIMITED_PROVIDER = dropped('advertising_id')
const SENSITIVE_THIRD_PARTY = dropped('property', 'gender', 'birth_date')
const NOT_PRECISE: Limits = { coordinates: '5km2', place: 'city' }
const COUNTRY: Limits = { coordinates: 'drop', place: 'country' }

/** One sentence for each field that an INTENT sends against its own verdict. */
export function forbiddenIn(shape: IntentShape): readonly string[] {
  const { verdict } = shape
  const isThirdParty = shape.role === 'third_party'
  const tables: readonly [boolean, string, Limits][] = [
    [true, 'ever', ALWAYS],
    [has(verdict, CHILD), 'of a child', OF_A_CHILD],
    [has(verdict, DEVICE_LIMITS), 'under the device’s limits', isThirdParty ? LIMITED_THIRD_PARTY : LIMITED_PROVIDER],
    [has(verdict, SENSITIVE) && isThirdParty, 'while sensitive data is limited', SENSITIVE_THIRD_PARTY],
    [!has(verdict, PRECISE_LOCATION), 'without precise location', NOT_PRECISE],
    [has(verdict, COUNTRY_ONLY), 'where only the country may be told', COUNTRY],
  ]
  return tables.flatMap(([applies, when, limits]) =>
    applies ? passedOver(shape, limits).map((what) => `passes ${what}, which may not leave ${when}`) : [],
  )
}

function passedOver({ levels }: IntentShape, limits: Limits): readonly string[] {
  return [...levels].flatMap(([number, level]) => {
    const { name, levels: names } = CLASSES[number]!
    const limit = limits[name]
    if (limit === undefined || !isAbove(number, level, limit)) return []
    return [`${name} as ${number === IP_CLASS ? `${level >> 8}/${level & 255}` : names[level]}`]
  })
}

function isAbove(number: number, level: number, limit: string): boolean {
  if (number !== IP_CLASS) return level > CLASSES[number]!.levels.indexOf(limit)
  const [v4, v6] = limit === 'drop' ? [0, 0] : (limit.split('/').map(Number) as [number, number])
  return level >> 8 > v4 || (level & 255) > v6
}

/**
 * True if the record's reason is "agreed" although its verdict denies what its purposes need: a third party needs sale and
 * sharing for every purpose; advertising also needs targeted advertising.
 */
export function lacksReason({ why, role, purposes, verdict }: IntentShape): boolean {
  if (why !== 'agreed' || has(verdict, CHILD)) return false
  const denied = (bits: number): boolean => (verdict & bits) !== bits
  if (role === 'third_party' && denied(SALE | SHARING)) return true
  return purposes.includes('advertising') && denied(SALE | SHARING | TARGETED_ADVERTISING)
}

function has(verdict: number, bit: number): boolean {
  return (verdict & bit) !== 0
}

/**
 * The field classes, each with its lattice of treatments from `drop` (nothing leaves) to the most revealing. A treatment is
 * a number, its level, so that decisions are arithmetic and cross threads as plain data. `drop` = 0 is the bottom of every
 * lattice. All are chains except `ip`, a product of two chains (v4 bits, v6 bits).
 */
const ID = ['drop', 'pseudonym', 'pass'] as const
const WHOLE = ['drop', 'pass'] as const
const REDUCED = ['drop', 'reduced', 'pass'] as const
const NEVER = ['drop'] as const

export const LADDERS = {
  advertising_id: ID,
  vendor_id: ID,
  device_id: ID,
  user_id: ID,
  anonymous_id: ID,
  push_token: ID,
  partner_id: ID,
  click_id: ID,
  message_id: ID,
  ip: 'ip',
  /** Cells of a fixed nested equal-area grid; `pass` is the exact position. */
  coordinates: ['drop', '5000km2', '500km2', '50km2', '5km2', 'pass'],
  place: ['drop', 'country', 'region', 'city', 'postal'],
  email: WHOLE,
  phone: WHOLE,
  name: WHOLE,
  address: WHOLE,
  birth_date: WHOLE,
  gender: WHOLE,
  user_agent: REDUCED,
  device: REDUCED,
  os: REDUCED,
  locale: REDUCED,
  timezone: REDUCED,
  carrier: REDUCED,
  network: REDUCED,
  time: ['drop', 'day', 'hour', 'pass'],
  url: ['drop', 'origin', 'pass'],
  referrer: ['drop', 'origin', 'pass'],
  receipt: WHOLE,
  property: WHOLE,
  hardware_id: NEVER,
  contacts: NEVER,
  message_content: NEVER,
  media: NEVER,
  face_data: NEVER,
  payment: NEVER,
} as const satisfies Record<string, readonly string[] | 'ip'>

export type FieldClass = keyof typeof LADDERS
export const FIELD_CLASSES = Object.keys(LADDERS) as readonly FieldClass[]

/** Classes whose only treatment is `drop`: they never leave and are not stored. */
export const NEVER_LEAVES: readonly FieldClass[] = FIELD_CLASSES.filter((name) => LADDERS[name] === NEVER)

/** A treatment's position in its class's lattice: 0 = drop. For `ip`: v4 bits × 256 + v6 bits. */
export type Level = number
export const DROP: Level = 0

/** For classes whose ladder has one step between `drop` and `pass`: ids, device details, links. */
export const PASS: Level = ID.indexOf('pass')
export const REDUCED_DETAIL: Level = REDUCED.indexOf('reduced')
export const COUNTRY: Level = LADDERS.place.indexOf('country')
export const REGION: Level = LADDERS.place.indexOf('region')
export const CITY: Level = LADDERS.place.indexOf('city')
export const POSTAL: Level = LADDERS.place.indexOf('postal')
export const HOUR: Level = LADDERS.time.indexOf('hour')

/** The most revealing treatment of a class. */
export function topOf(fieldClass: FieldClass): Level {
  const ladder = LADDERS[fieldClass]
  return ladder === 'ip' ? ipLevel(32, 128) : ladder.length - 1
}

/** An `ip` treatment: the number of leading bits kept. v4 0–32, v6 0–128. */
export function ipLevel(v4Bits: number, v6Bits: number): Level {
  return v4Bits * 256 + v6Bits
}
export function ipBits(level: Level): { readonly v4: number; readonly v6: number } {
  return { v4: level >> 8, v6: level & 255 }
}

/** The most revealing treatment that reveals no more than either: commutative, associative, idempotent. */
export function meet(fieldClass: FieldClass, a: Level, b: Level): Level {
  if (LADDERS[fieldClass] !== 'ip') return a < b ? a : b
  return ipLevel(Math.min(a >> 8, b >> 8), Math.min(a & 255, b & 255))
}

/** True where `a` reveals no more than `b`. */
export function atMost(fieldClass: FieldClass, a: Level, b: Level): boolean {
  return meet(fieldClass, a, b) === a
}

/** The treatment's name as contracts, the ledger and screens spell it: `pass`, `pseudonym`, `24/48`, `drop`, … */
export function treatmentName(fieldClass: FieldClass, level: Level): string {
  const ladder = LADDERS[fieldClass]
  if (ladder !== 'ip') return ladder[level] ?? 'drop'
  if (level === ipLevel(32, 128)) return 'pass'
  return level === DROP ? 'drop' : `${level >> 8}/${level & 255}`
}

/** The kind of a value: by the slot it is kept in, by its key, or only by its look. */
import type { FieldClass } from '../model/field-class.ts'
import { isAddress } from './address.ts'
import { isRoleMailbox } from './email.ts'
import { EMAIL } from './shape.ts'

/**
 * Classes whose values keep their meaning in any position; for other ids, one that openly passes explains equal ones.
 */
export const NATURAL = [
  'advertising_id',
  'vendor_id',
  'ip',
  'coordinates',
  'email',
  'phone',
  'name',
  'address',
  'birth_date',
] as const satisfies readonly FieldClass[]
export type Natural = (typeof NATURAL)[number]
/** What a key can tell: a key can name the Android id, which is distinct from an SDK's device id. */
export type Told = Natural | 'device_id'
const NATURALS: ReadonlySet<string> = new Set(NATURAL)

export function isNatural(kind: string): kind is Natural {
  return NATURALS.has(kind)
}

/** Keys, squeezed, that determine a value's class anywhere in an event. */
const BY_KEY: Readonly<Record<Told, string>> = {
  advertising_id: 'advertisingid advertiserid idfa ifa gaid gpsadid googleadid aaid oaid maid rdid',
  device_id: 'androidid ssaid',
  vendor_id: 'idfv vendorid appsetid identifierforvendor',
  ip: 'ip ipaddress ipaddr requestip clientip remoteaddr remoteip ipv4 ipv6',
  coordinates: 'lat latitude lng lon long longitude gpslat gpslng gpslon',
  email: 'email emailaddress mail useremail customeremail contactemail billingemail',
  phone:
    'phone phonenumber mobile mobilenumber mobilephone msisdn tel telephone cellphone contactphone userphone customerphone',
  name: '',
  address: 'streetaddress street street1 addressline1 address1 line1 shippingaddress billingaddress',
  birth_date: 'birthday birthdate dateofbirth dob',
}
/** Keys that mean a user only beside other facts about the user. */
const OF_A_PERSON: Readonly<Partial<Record<Told, string>>> = {
  name: 'name fullname firstname lastname givenname familyname surname displayname',
  address: 'address',
}
const PERSONS: ReadonlySet<string> = new Set([
  'traits',
  'user',
  'customer',
  'person',
  'profile',
  'recipient',
  'shipping',
  'billing',
])

function byKey(table: Readonly<Partial<Record<Told, string>>>): ReadonlyMap<string, Told> {
  return new Map(
    [...NATURAL, 'device_id' as const].flatMap((kind) =>
      (table[kind] ?? '')
        .split(' ')
        .filter((key) => key !== '')
        .map((key) => [key, kind] as const),
    ),
  )
}

const KEYS = byKey(BY_KEY)
const PERSON_KEYS = byKey(OF_A_PERSON)
/** Keys are few and looked up for each leaf: cached as written. */
const KNOWN = new Map<string, readonly [always: Told | undefined, ofPerson: Told | undefined]>()
const MAX_KNOWN = 4_096
const MAX_KEY = 40

/**
 * The class of a value by its key, if the value can be of that class; `holder` is the key of the object. A single
 * degree counts only where the device's position is given.
 */
export function kindByKey(key: string, holder: string, text: string): Told | undefined {
  const kind = toldBy(key, holder)
  switch (kind) {
    case undefined:
      return holder === 'device' && key === 'id' && VENDOR_ID.test(text) ? 'vendor_id' : undefined
    case 'email':
      return text.includes('@') ? kind : undefined
    case 'phone':
      return PHONE_TEXT.test(text) ? kind : undefined
    case 'ip':
      return text.length <= MAX_IP && isAddress(text) ? kind : undefined
    case 'coordinates':
      return holder === 'location' || holder === 'geo' ? kind : undefined
    default:
      return ZEROS.test(text) ? undefined : kind
  }
}

/** Apple's spelling. */
const VENDOR_ID = /^[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}$/
const PHONE_TEXT = /^[ ]{0,2}\+?(?:[ ()./-]{0,3}\d){7,15}[ ]{0,2}$/
const MAX_IP = 45
/** Placeholders for a missing id. */
const ZEROS = /^[0-]*$/

function toldBy(key: string, holder: string): Told | undefined {
  let known = KNOWN.get(key)
  if (known === undefined) {
    if (key.length > MAX_KEY) return undefined
    const bare = key.toLowerCase().replace(/[^a-z0-9]/g, '')
    known = [KEYS.get(bare), PERSON_KEYS.get(bare)]
    if (KNOWN.size >= MAX_KNOWN) KNOWN.clear()
    KNOWN.set(key, known)
  }
  return known[0] ?? (known[1] !== undefined && PERSONS.has(holder) ? known[1] : undefined)
}

const PLUS = 0x2b
/** E.164 with its plus: 8 to 15 digits. */
const PHONE = /^\+[1-9](?:[ .()/-]{0,2}\d){7,14}$/
const MAX_EMAIL = 320

/**
 * The kind of a whole value by its look: a user's e-mail address, or a phone number with its country. Other kinds are
 * told only by their position: random ids look alike.
 */
export function kindByLook(text: string): 'email' | 'phone' | undefined {
  if (text.charCodeAt(0) === PLUS) return text.length <= 32 && PHONE.test(text) ? 'phone' : undefined
  if (text.length > MAX_EMAIL || !text.includes('@')) return undefined
  const bare = text.trim().replace(/^mailto:/i, '')
  return EMAIL.test(bare) && !isRoleMailbox(bare) ? 'email' : undefined
}

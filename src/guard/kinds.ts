/** What a value is: by the slot it is kept in, by the key it came under, and by its look alone. */
import type { FieldClass } from '../model/field-class.ts'
import { isAddress } from './address.ts'
import { isRoleMailbox } from './email.ts'
import { EMAIL } from './shape.ts'

/** Classes whose values are what they are wherever they stand; of other ids, one that openly passes explains the others. */
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
/** What a key can tell: Android's id is one where a key says so, and not where it is the device's id of any SDK. */
export type Told = Natural | 'device_id'
const NATURALS: ReadonlySet<string> = new Set(NATURAL)

export function isNatural(kind: string): kind is Natural {
  return NATURALS.has(kind)
}

/** Keys, squeezed, under which a value is of its class wherever in an event they are. */
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
/** Keys that mean a person only beside other facts of a person. */
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
/** Keys are few, and asked for with each leaf: as they are written, each is worked out once. */
const KNOWN = new Map<string, readonly [always: Told | undefined, ofPerson: Told | undefined]>()
const MAX_KNOWN = 4_096
const MAX_KEY = 40

/**
 * What the key says of the value under it, where the value can be that; `holder` is the key that the object itself is under.
 * The one number of a position counts where the place of the device is told, and nowhere else.
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

/** Apple's, as it writes it. */
const VENDOR_ID = /^[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}$/
const PHONE_TEXT = /^[ ]{0,2}\+?(?:[ ()./-]{0,3}\d){7,15}[ ]{0,2}$/
const MAX_IP = 45
/** No one's id: what is there where an id is not. */
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
 * What a whole value is by its look: an e-mail address of somebody, or a phone number with its country. Other values are
 * told by their places alone: a random id looks like any other.
 */
export function kindByLook(text: string): 'email' | 'phone' | undefined {
  if (text.charCodeAt(0) === PLUS) return text.length <= 32 && PHONE.test(text) ? 'phone' : undefined
  if (text.length > MAX_EMAIL || !text.includes('@')) return undefined
  const bare = text.trim().replace(/^mailto:/i, '')
  return EMAIL.test(bare) && !isRoleMailbox(bare) ? 'email' : undefined
}

/**
 * Property names that denote a field class: granted as a property, the value would leave although `share` withholds it. An exact
 * match is rejected; a name that reads like one, word by word, is a warning: `customer_email`, `gps_lat`.
 */
import type { FieldClass } from '../../model/field-class.ts'

/** Compared in lower case, without separators and hash suffixes. */
// biome-ignore format: a table
const CLASS_OF_NAME: ReadonlyMap<string, FieldClass> = new Map<string, FieldClass>([
  ['email', 'email'], ['emailaddress', 'email'], ['mail', 'email'],
  ['phone', 'phone'], ['phonenumber', 'phone'], ['mobile', 'phone'], ['msisdn', 'phone'], ['telephone', 'phone'],
  ['firstname', 'name'], ['lastname', 'name'], ['fullname', 'name'], ['surname', 'name'], ['givenname', 'name'], ['familyname', 'name'],
  ['birthday', 'birth_date'], ['birthdate', 'birth_date'], ['dateofbirth', 'birth_date'], ['dob', 'birth_date'],
  ['gender', 'gender'], ['street', 'address'], ['streetaddress', 'address'], ['address', 'address'],
  ['ip', 'ip'], ['ipaddress', 'ip'], ['clientip', 'ip'], ['requestip', 'ip'],
  ['latitude', 'coordinates'], ['longitude', 'coordinates'], ['lat', 'coordinates'], ['lon', 'coordinates'], ['lng', 'coordinates'],
  ['zip', 'place'], ['zipcode', 'place'], ['postalcode', 'place'], ['postcode', 'place'],
  ['idfa', 'advertising_id'], ['aaid', 'advertising_id'], ['gaid', 'advertising_id'], ['oaid', 'advertising_id'],
  ['advertisingid', 'advertising_id'], ['ifa', 'advertising_id'], ['maid', 'advertising_id'],
  ['idfv', 'vendor_id'], ['androidid', 'device_id'], ['deviceid', 'device_id'],
  ['userid', 'user_id'], ['anonymousid', 'anonymous_id'], ['messageid', 'message_id'],
  ['pushtoken', 'push_token'], ['devicetoken', 'push_token'], ['useragent', 'user_agent'],
  ['gclid', 'click_id'], ['fbclid', 'click_id'], ['fbc', 'click_id'], ['ttclid', 'click_id'], ['clickid', 'click_id'],
  ['appsflyerid', 'partner_id'], ['fbp', 'partner_id'], ['ttp', 'partner_id'],
])
/** Whole paths whose last word alone is ambiguous: a product may have a name and a page. */
const CLASS_OF_PATH: ReadonlyMap<string, FieldClass> = new Map<string, FieldClass>([
  ['traits.name', 'name'],
  ['receipt', 'receipt'],
  ['url', 'url'],
  ['referrer', 'referrer'],
])

/** Heads of names: the last word says what the value is (`email_campaign` is a campaign). */
// biome-ignore format: a table
const HEADS: Readonly<Partial<Record<FieldClass, readonly string[]>>> = {
  email: ['email', 'emails', 'e mail', 'email address', 'e mail address', 'mail address', 'courriel', 'correo', 'correo electronico'],
  phone: ['phone', 'phones', 'telephone', 'msisdn', 'phone number', 'mobile number', 'cell number', 'contact number', 'tel number',
    'cellphone', 'whatsapp number', 'telefon', 'telefono', 'telefone', 'telefonnummer'],
  name: ['first name', 'last name', 'full name', 'given name', 'family name', 'surname', 'forename', 'maiden name', 'firstname', 'lastname',
    'fullname', 'real name', 'legal name', 'nachname', 'vorname'],
  address: ['street', 'street address', 'home address', 'shipping address', 'billing address', 'delivery address', 'mailing address',
    'postal address', 'address line', 'addr'],
  birth_date: ['dob', 'birthdate', 'birthday', 'birth date', 'date of birth', 'birth day'],
  ip: ['ip', 'ip address', 'ip addr', 'ipaddress', 'ipv', 'i pv', 'x forwarded for', 'remote addr'],
  coordinates: ['lat', 'latitude', 'lon', 'lng', 'longitude', 'lat lng', 'lat lon', 'lat long', 'latlng', 'latlong', 'latlon', 'geohash', 'gps coordinates',
    'gps position'],
  place: ['zip', 'zip code', 'zipcode', 'postal code', 'postcode', 'post code', 'plz'],
  advertising_id: ['idfa', 'gaid', 'aaid', 'oaid', 'maid', 'adid', 'advertising id', 'advertising identifier', 'google ad id', 'gps adid', 'ad id',
    'google advertising id', 'mobile ad id'],
  vendor_id: ['idfv', 'vendor id', 'app set id'],
  device_id: ['device id', 'android id', 'device identifier', 'deviceid', 'device uuid', 'udid'],
  user_id: ['uid', 'user id', 'userid', 'customer id', 'member id', 'user uuid', 'user identifier', 'username', 'user name', 'crm id'],
  anonymous_id: ['anonymous id', 'anon id', 'visitor id', 'distinct id', 'amplitude id', 'client id'],
  push_token: ['push token', 'device token', 'fcm token', 'apns token', 'registration token'],
  user_agent: ['user agent', 'useragent'],
  click_id: ['gclid', 'fbclid', 'fbc', 'ttclid', 'msclkid', 'wbraid', 'gbraid', 'click id'],
  partner_id: ['appsflyer id', 'fbp', 'ttp', 'adjust id'],
}
/** Heads that are personal only after a word for a person: `user_mobile`, not `layout_mobile`. */
// biome-ignore format: a table
const HEADS_OF_PEOPLE: Readonly<Partial<Record<FieldClass, readonly string[]>>> = {
  email: ['mail'],
  phone: ['mobile', 'cell', 'tel'],
  name: ['name'],
  address: ['address'],
  gender: ['gender', 'sex'],
  place: ['postal'],
}
const PEOPLE = new Set(
  'user customer client person people member contact buyer payer recipient sender account owner holder guest passenger driver patient subscriber employee billing shipping traits profile my'.split(
    ' ',
  ),
)
/** Suffixes after the head: formats and locations of the same value. */
const FORMS = new Set(
  'hash hashed md sha sha1 sha256 sha512 md5 encrypted enc encoded base64 b64 hex raw plain clear value val str string text txt normalized normalised lower lowercase lc original e164 deg degree degrees primary secondary main default alt other work home private business mobile new old current previous last first s v e'.split(
    ' ',
  ),
)
/** Prefixes of names that hold a flag, a count or an action instead of the value. */
const NOT_A_VALUE = new Set(
  'is has had have can did does should wants needs no non num number count total max min avg with without via by per valid invalid missing verify verified confirm confirmed validate send sent resend share shared open opened click clicked subscribe subscribed opt optin optout allow allowed allows enable enabled accept accepted accepts marketing newsletter promo use uses show hide'.split(
    ' ',
  ),
)
/** Prefixes for a business or a thing. */
const NOT_A_PERSON = new Set(
  'store shop support company product item brand venue warehouse airport hotel restaurant branch server host office outlet merchant campaign ad creative file page screen event'.split(
    ' ',
  ),
)

const PHRASES = tableOf(HEADS)
const PHRASES_OF_PEOPLE = tableOf(HEADS_OF_PEOPLE)
const LONGEST = 4

/** The class that a property's path denotes; usually undefined. */
export function classOfPath(path: string): FieldClass | undefined {
  return CLASS_OF_PATH.get(path) ?? classOfName(path.split('.').at(-1)!)
}

/** The same for a single name. */
export function classOfName(name: string): FieldClass | undefined {
  const word = name.toLowerCase().replace(/[\s_[\]-]/g, '')
  return CLASS_OF_NAME.get(word) ?? CLASS_OF_NAME.get(word.replace(/(md5|sha1|sha256|hash|hashed)$/, ''))
}

/**
 * The class that a path reads like: `customer_email`, `contact.phone.number`, `GPSLat`, `userEmailSha256`. Names are split at
 * `_`, `-`, `.`, spaces and camel humps, and whole words are compared: `platform` does not contain `lat`.
 */
export function classReadInto(path: string): FieldClass | undefined {
  const words = wordsOf(path)
  const head = [...words]
  while (head.length > 1 && isForm(head.at(-1)!)) head.pop()
  // A suffix may be the head itself: `user_mobile`.
  return classOfWords(words) ?? (head.length < words.length ? classOfWords(head) : undefined)
}

function classOfWords(words: readonly string[]): FieldClass | undefined {
  for (let length = Math.min(LONGEST, words.length); length > 0; length--) {
    const phrase = words.slice(-length).join(' ')
    const before = words.slice(0, -length)
    if (before.some((word) => NOT_A_VALUE.has(word) || NOT_A_PERSON.has(word))) continue
    const found = PHRASES.get(phrase)
    if (found !== undefined) return found
    if (before.some((word) => PEOPLE.has(word))) {
      const ofPeople = PHRASES_OF_PEOPLE.get(phrase)
      if (ofPeople !== undefined) return ofPeople
    }
  }
  return runTogether(words.at(-1) ?? '')
}

/** Unseparated words: `useremail`, `clientipaddress`. Only after a word for a person. */
function runTogether(word: string): FieldClass | undefined {
  for (const person of PEOPLE) {
    if (!word.startsWith(person) || word.length === person.length) continue
    const rest = CLASS_OF_NAME.get(word.slice(person.length))
    if (rest !== undefined) return rest
  }
  return undefined
}

function wordsOf(path: string): readonly string[] {
  // The last of several capitals starts a word: `HTTPServer`.
  const apart = path.replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
  return (apart.match(/\p{Lu}?\p{Ll}+|\p{Lu}+|\p{N}+/gu) ?? []).map((word) => word.toLowerCase())
}

function isForm(word: string): boolean {
  return FORMS.has(word) || /^\p{N}+$/u.test(word)
}

function tableOf(heads: Readonly<Partial<Record<FieldClass, readonly string[]>>>): ReadonlyMap<string, FieldClass> {
  return new Map(
    Object.entries(heads).flatMap(([name, phrases]) =>
      // Sound: the keys of the tables are field classes.
      phrases.map((phrase) => [phrase, name as FieldClass] as const),
    ),
  )
}

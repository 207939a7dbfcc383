/** Field classes, treatments, purposes and roles in words that anyone reads. */
import type { Purpose, Role } from '../../model/contract.ts'
import { type FieldClass, ipBits, type Level, topOf, treatmentName } from '../../model/field-class.ts'
import type { SendsAs } from '../../partners/sends-as.ts'

export const PURPOSE_WORDS: Readonly<Record<Purpose, string>> = {
  advertising: 'To show advertising, and to choose it for you',
  measurement: 'To measure whether our advertising works',
  analytics: 'To learn how the app is used',
  fraud_prevention: 'To find fraud',
  service: 'To provide a part of the service',
}

export const ROLE_WORDS: Readonly<Record<Role, string>> = {
  third_party: 'An independent company: it uses the data under its own privacy policy.',
  service_provider: 'A company that works for us under contract and may not use the data for itself.',
}

/** What each class is. */
const CLASS_WORDS: Readonly<Record<FieldClass, string>> = {
  advertising_id: 'Your device’s advertising ID (IDFA or AAID)',
  vendor_id: 'The ID your device gives to our apps (IDFV or app set ID)',
  device_id: 'Your device’s ID (Android ID)',
  user_id: 'The ID of your account with us',
  anonymous_id: 'An ID that the app made for this installation',
  push_token: 'The address for push notifications to your device',
  partner_id: 'IDs that advertising companies themselves gave to this installation',
  click_id: 'IDs of advertisements you tapped',
  message_id: 'The ID of the single event',
  ip: 'Your IP address',
  coordinates: 'Where your device is',
  place: 'The place you are in',
  email: 'Your e-mail address',
  phone: 'Your phone number',
  name: 'Your name',
  address: 'Your street address',
  birth_date: 'Your date of birth',
  gender: 'Your gender',
  user_agent: 'How your app or browser describes itself (user agent)',
  device: 'Your device’s maker, model and screen',
  os: 'Your device’s operating system and its version',
  locale: 'Your device’s language and region',
  timezone: 'Your device’s time zone',
  carrier: 'Your mobile carrier',
  network: 'Whether you use Wi-Fi or a mobile network',
  time: 'When something happened in the app',
  url: 'The page or screen link',
  referrer: 'The link you came from',
  receipt: 'Receipts of purchases in the app store',
  property: 'Details of what you do in the app',
  hardware_id: 'Hardware IDs',
  contacts: 'Your contacts',
  message_content: 'The content of messages',
  media: 'Photos, videos and recordings',
  face_data: 'Face data',
  payment: 'Payment details',
}
export function classWords(fieldClass: FieldClass): string {
  return CLASS_WORDS[fieldClass]
}

const REDUCED_WORDS: Readonly<Partial<Record<FieldClass, string>>> = {
  user_agent: 'only the kind of device',
  device: 'only the maker',
  os: 'only its name and main version',
  locale: 'only the language',
  timezone: 'only the continent',
  carrier: 'only that there is one',
  network: 'only Wi-Fi or mobile',
}
const PLACE_WORDS = [
  '',
  'only the country',
  'country and region',
  'country, region and city',
  'down to the postal code',
]
const TIME_WORDS = ['', 'only the day', 'only the hour', 'exact']

/** In what form a class is shared. Undefined where it is not. */
export function formWords(fieldClass: FieldClass, level: Level, sendsAs: SendsAs): string | undefined {
  if (level === 0) return undefined
  if (fieldClass === 'ip') return ipWords(level)
  if (fieldClass === 'place') return PLACE_WORDS[level]
  if (fieldClass === 'time') return TIME_WORDS[level]
  if (fieldClass === 'coordinates') {
    if (level === topOf('coordinates')) return 'as exactly as your device says, if you agreed to precise location'
    return `only an area of about ${treatmentName('coordinates', level).replace('km2', '')} square kilometres`
  }
  if (level < topOf(fieldClass)) {
    if (fieldClass === 'url' || fieldClass === 'referrer') return 'only the site’s name'
    return REDUCED_WORDS[fieldClass] ?? 'replaced by a code that no other company gets'
  }
  return sendsAs === 'hashed'
    ? 'as a code made from it (a hash), by which the company can still recognise it'
    : 'as it is'
}

function ipWords(level: Level): string {
  if (level === topOf('ip')) return 'whole'
  const { v4, v6 } = ipBits(level)
  if (v4 === 32 && v6 === 0) return 'whole (IPv4 addresses only)'
  const v4Words = v4 === 0 ? 'IPv4 not at all' : v4 === 32 ? 'IPv4 whole' : `the first ${v4} of 32 bits (IPv4)`
  const v6Words = v6 === 0 ? 'IPv6 not at all' : v6 === 128 ? 'IPv6 whole' : `the first ${v6} of 128 bits (IPv6)`
  return `shortened, so that it stands for many devices: ${v4Words}, ${v6Words}`
}

const REGIONS = new Intl.DisplayNames('en', { type: 'region', fallback: 'code' })

export function countryName(code: string): string {
  return REGIONS.of(code) ?? code
}

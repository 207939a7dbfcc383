/** What left, in words a person understands: one phrase for each field class and each treatment. */
import type { Outcome } from '../model/disclosure.ts'
import { type FieldClass, LADDERS, treatmentName } from '../model/field-class.ts'

const FIELDS: Readonly<Record<FieldClass, string>> = {
  advertising_id: "your device's advertising identifier",
  vendor_id: 'an identifier of your device for our apps',
  device_id: 'an identifier of your device',
  user_id: 'your account identifier',
  anonymous_id: 'an identifier of this installation of the app',
  push_token: 'the address for notifications to your device',
  partner_id: 'an identifier that the recipient had given your device',
  click_id: 'the identifier of an advertisement you followed',
  message_id: 'a number of this message',
  ip: 'the internet address you were connected from',
  coordinates: 'the position of your device',
  place: 'the place you were in',
  email: 'your e-mail address',
  phone: 'your phone number',
  name: 'your name',
  address: 'your postal address',
  birth_date: 'your date of birth',
  gender: 'your gender',
  user_agent: 'the name and version of the app or browser',
  device: "your device's maker, model and screen",
  os: "your device's operating system",
  locale: 'your language and region setting',
  timezone: 'your time zone',
  carrier: 'your mobile network operator',
  network: 'the kind of your connection',
  time: 'the time of what you did',
  url: 'the page you were on',
  referrer: 'the page you came from',
  receipt: 'the receipt of a purchase',
  property: 'details of what you did',
  hardware_id: 'a serial number of your device',
  contacts: 'your contacts',
  message_content: 'the content of messages',
  media: 'pictures or recordings',
  face_data: 'data about your face',
  payment: 'payment details',
}

const TREATMENTS: Readonly<Record<string, string>> = {
  pass: 'as it was, or hashed where the recipient asks for that',
  pseudonym: 'replaced by a code that only this recipient gets',
  reduced: 'shortened to what many people share',
  '5000km2': 'to within an area of 5,000 square kilometres',
  '500km2': 'to within an area of 500 square kilometres',
  '50km2': 'to within an area of 50 square kilometres',
  '5km2': 'to within an area of 5 square kilometres',
  country: 'only the country',
  region: 'country and region',
  city: 'country, region and city',
  postal: 'down to the postal code',
  day: 'only the day',
  hour: 'to the hour',
  origin: 'only the site, not the page',
}

/** `your device's advertising identifier, replaced by a code that only this recipient gets`. */
export function fieldInWords(field: string, treatment: string): string {
  const what = Object.hasOwn(FIELDS, field) ? FIELDS[field as FieldClass] : field
  if (field === 'ip' && /^\d+\/\d+$/u.test(treatment)) {
    const [v4, v6] = treatment.split('/')
    return `${what}, cut to the first ${v4} of 32 bits (${v6} of 128 for the newer kind)`
  }
  return `${what}, ${TREATMENTS[treatment] ?? treatment}`
}

/** Every treatment that can be in a record, so that a test sees whether each has words. */
export function treatmentsToSay(): readonly string[] {
  const named = Object.entries(LADDERS).flatMap(([name, ladder]) =>
    // Sound: the names of this very table.
    ladder === 'ip' ? [] : ladder.map((_, level) => treatmentName(name as FieldClass, level)),
  )
  return [...new Set(named)].filter((treatment) => treatment !== 'drop')
}

const OUTCOMES: Readonly<Record<Outcome['kind'], string>> = {
  delivered: 'The recipient took it.',
  refused: 'The recipient got it and refused it.',
  failed_before_write: 'It was not sent.',
  cancelled_not_sent: 'It was not sent: something changed just before.',
  unknown_after_write: 'It was sent; whether the recipient took it is not known.',
  unresolved_assume_disclosed: 'It may have been sent; we count it as sent.',
}

export function outcomeInWords(kind: string | undefined): string {
  return kind !== undefined && Object.hasOwn(OUTCOMES, kind)
    ? OUTCOMES[kind as Outcome['kind']]
    : 'It is being sent, or may have been.'
}

/** True where the treatment has words of its own. */
export function hasWords(treatment: string): boolean {
  return Object.hasOwn(TREATMENTS, treatment)
}

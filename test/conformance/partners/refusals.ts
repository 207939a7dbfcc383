/** Why a value that others send does not leave through us: each rule is a choice with a reason. */
import { isIP } from 'node:net'
import { valueAt } from '../../../src/cli/partners/pointers.ts'
import { mendDeviceId } from '../../../src/model/device-id.ts'
import { isNeverLeaving } from '../../../src/model/never-leaves.ts'
import type { Landing, PartnerVector } from './vectors.ts'

export interface Unarrived {
  readonly landing: Landing
  /** Where the forwarder put it, positions in lists left out. */
  readonly place: string
  readonly value: string
  readonly vector: PartnerVector
  /** Why nothing was sent at all, or ''. */
  readonly problem: string
  /** True where the value is a country's name or code. */
  readonly isCountry: boolean
  /** True where the place is one of the partner's free form. */
  readonly isFree: boolean
}
export interface Refusal {
  readonly rule: string
  readonly why: string
  readonly explains: (one: Unarrived) => boolean
}

const OTHER_IDS = /\/(anonymousId|userId|groupId|previousId)$/
const ANONYMOUS = /\/anonymousId$/
const PERSON_PLACES = /\/(external_id|app_user_id|developer_identity|customer_user_id|custom_user_id)(\/N)?$/
const ADVERTISING_PLACES = /\/(advertiser_id|adid|idfa|gaid|gps_adid|ifa|madid|hashed_mobile_ad_id|hashed_maids)(\/N)?$/
const DEVICE_PLACES = /\/(idfv|idfa|android_id|andi|adid|gps_adid|advertiser_id)$/

/** Properties in which the classifier does look for something: what is missing of these is missing. */
const READ_FROM_PROPERTIES =
  /\/(email|phone|phone_number|url|referrer|receipt|appsflyer_?id|adid|fbp|fbc|ttp|ttclid|gclid|gbraid|wbraid|epik|uuid_c1|rdt_\w+|click_?id|ctwa_clid|twclid|sccid)(\/\d+)?$/i

/** The first that explains it counts. */
export const REFUSALS: readonly Refusal[] = [
  {
    rule: 'guard',
    why: 'A granted field holds an address or an id that the event also names and nobody grants: the guard keeps the event back.',
    explains: ({ problem }) => problem === 'guard',
  },
  {
    rule: 'cannot-be-said',
    why: 'The partner asks for an id that the event has not, or takes no event of that size: it is not sent, and never cut.',
    explains: ({ problem }) => problem === 'type_cannot_carry',
  },
  {
    rule: 'device-name',
    why: 'The device’s own name is often its owner’s (“Anna’s iPhone”); it is never read.',
    explains: ({ landing, place }) => landing.from === '/context/device/name' || place.endsWith('/device/name'),
  },
  {
    rule: 'never-leaves',
    why: 'Hardware ids, payment data, message content, media and face data never leave, whatever a contract names.',
    explains: ({ landing }) => isNeverLeaving(landing.from.slice(1).replaceAll('/', '.')),
  },
  {
    rule: 'not-an-address',
    why: 'Only an IP address is sent as one, and to partners that take IPv4 alone no IPv6 address: `[::1]` and a hash are none.',
    explains: ({ landing, value, place }) =>
      /\/(ip|request_ip|requestIP)$/.test(landing.from) &&
      (isIP(value) === 0 || value.includes(':')) &&
      /ip|forwarded/i.test(place),
  },
  {
    rule: 'event-name',
    why: 'The event’s name is the contract’s word for it, so that no one’s id can stand in its place.',
    explains: ({ place }) => /^\/body\/json\/(name|event_name|eventName)$/.test(place),
  },
  {
    rule: 'no-id-in-place-of-another',
    why: 'What is withheld or missing is missing: an anonymous id never stands where a user’s, the vendor’s or the device’s belongs.',
    explains: ({ landing, place }) =>
      (ANONYMOUS.test(landing.from) && PERSON_PLACES.test(place)) ||
      (OTHER_IDS.test(landing.from) && DEVICE_PLACES.test(place)),
  },
  {
    rule: 'no-advertising-id',
    why: 'An advertising id is a UUID. By anything else nobody could opt out, so it is nobody’s and does not leave.',
    explains: ({ value, place }) => ADVERTISING_PLACES.test(place) && mendDeviceId(value) === undefined,
  },
  {
    rule: 'id-in-a-free-field',
    why: 'A free field carries properties that the contract names. One that repeats an id which the type has no place for keeps the event back, so no contract can name it.',
    explains: ({ landing, isFree, vector }) => isFree && (OTHER_IDS.test(landing.from) || repeats(landing, vector)),
  },
  {
    rule: 'unknown-place',
    why: 'Sluice reads an event where the Segment specification puts things; `user_properties` is no such place.',
    explains: ({ landing, place }) =>
      landing.from.startsWith('/user_properties/') || place.includes('/user_properties/'),
  },
  {
    rule: 'first-of-several',
    why: 'One e-mail, phone number, name and place a person: of a list the first, and traits before properties.',
    explains: ({ landing, vector }) =>
      /\/(?:[1-9]\d*|0\d+)$/.test(landing.from) ||
      (/^\/properties\/.*(email|phone|phone_number)$/.test(landing.from) && hasContactTraits(vector)),
  },
  {
    rule: 'a-property-is-a-property',
    why: 'A person’s id is `userId`; ids under other names are properties, which a contract may name, and never become an identity.',
    explains: ({ landing, isFree }) =>
      landing.from.startsWith('/properties/') && !isFree && !READ_FROM_PROPERTIES.test(landing.from),
  },
  {
    rule: 'one-maker',
    why: 'A device has one maker: `manufacturer`, and `brand` where that is missing.',
    explains: ({ landing }) => landing.from === '/context/device/brand',
  },
  {
    rule: 'not-what-it-says',
    why: 'A phone number without digits or without a country, a date that is none, an unknown country or gender, an incomplete ZIP code is not hashed as one.',
    explains: ({ value, place, isCountry }) =>
      (/\/(ph|phone|phone_number|phone_numbers)(\/N)?$/.test(place) && !/^\s*(\+|00).*\d{5}/.test(value)) ||
      (/\/zp(\/N)?$/.test(place) && !/\d{5}/.test(value)) ||
      (/\/db(\/N)?$/.test(place) && !/\d{4}\D?\d{2}\D?\d{2}/.test(value)) ||
      (/\/country(\/N)?$/.test(place) && !isCountry) ||
      (/\/ge(\/N)?$/.test(place) && !/^\s*[fm]/i.test(value)),
  },
  {
    rule: 'one-user-agent',
    why: 'The user agent is the event’s context; a property of that name is a property.',
    explains: ({ landing, place }) =>
      /\/(ua|user_agent|client_user_agent)$/.test(place) && landing.from !== '/context/userAgent',
  },
]

/** True where the event says the same outside its properties. */
function repeats({ from }: Landing, { input }: PartnerVector): boolean {
  const value = valueAt(input, from)
  const { properties: _, ...others } = input
  return typeof value === 'string' && JSON.stringify(others).includes(JSON.stringify(value))
}

function hasContactTraits({ input }: PartnerVector): boolean {
  return ['/traits', '/context/traits'].some((holder) =>
    ['email', 'phone'].some((name) => valueAt(input, `${holder}/${name}`) !== undefined),
  )
}

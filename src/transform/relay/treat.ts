/** Treatments of a single value in a partner's own request, by the same rules as for events. */
import { isIPv4, isIPv6 } from 'node:net'
import type { Json } from '../../model/brand.ts'
import { CITY, COUNTRY, DROP, ipBits, type Level, POSTAL, REGION, topOf } from '../../model/field-class.ts'
import type { PlacePart, ReduciblePart, TimeForm, ValueNode } from '../../model/relay-map.ts'
import { coarseTime } from '../coarse-time.ts'
import { maskIp } from '../mask-ip.ts'
import { originOf } from '../origin.ts'
import { reduceCarrier, reduceDevice, reduceLocale, reduceOs, reduceTimezone, reduceUserAgent } from '../reduce.ts'
import type { Pseudonymise } from '../view.ts'

type Scalar = string | number
export type TreatValue = (value: Scalar, level: Level, pseudonymise: Pseudonymise) => Json | undefined

/** The lowest level of `place` at which each part passes. */
const PLACE_LEVELS: Readonly<Record<PlacePart, Level>> = {
  country: COUNTRY,
  region: REGION,
  metro: CITY,
  city: CITY,
  postal: POSTAL,
}
const REDUCED: Readonly<Record<ReduciblePart, (text: string) => string | undefined>> = {
  agent: reduceUserAgent,
  maker: (manufacturer) => reduceDevice({ manufacturer })?.manufacturer,
  os_name: (name) => reduceOs({ name })?.name,
  os_version: (version) => reduceOs({ version })?.version,
  language: reduceLocale,
  timezone: reduceTimezone,
  carrier: reduceCarrier,
}

/** Compiled once per place. The level is never `drop`. Hashing is left to the writer: it is not a treatment. */
export function treatmentOf(node: ValueNode): TreatValue {
  const { of, place, time, ip, pseudonym } = node
  const top = topOf(of)
  if (top === DROP) return () => undefined
  switch (of) {
    case 'ip':
      return (value, level) => treatIp(value, level, ip)
    case 'place': {
      const part = place ?? 'postal'
      const least = PLACE_LEVELS[part]
      return (value, level) => (level >= least && isPlace(value, part) ? value : undefined)
    }
    case 'time':
      return (value, level) => treatTime(value, level, time ?? 'iso')
    case 'gender':
      return (value) => (/^[A-Za-z]{1,20}$/.test(String(value)) || isSha256(value) ? value : undefined)
    case 'url':
    case 'referrer':
      return (value, level) => (typeof value !== 'string' ? undefined : level === top ? value : originOf(value))
    case 'advertising_id':
    case 'vendor_id':
    case 'device_id':
    case 'user_id':
    case 'anonymous_id':
    case 'push_token':
    case 'partner_id':
    case 'click_id':
    case 'message_id':
      return (value, level, pseudonymise) =>
        level === top ? value : pseudonym === true ? pseudonymise(String(value)) : undefined
    default: {
      const { reduce } = node
      if (reduce === undefined) return (value, level) => (level === top ? value : undefined)
      const reduced = typeof reduce === 'function' ? reduce : (value: Scalar) => REDUCED[reduce](String(value))
      return (value, level) => (level === top ? value : reduced(value))
    }
  }
}

/** A place's name or code, or its hash: no position, no contact; a country consists of letters only. */
function isPlace(value: Scalar, part: PlacePart): boolean {
  const text = String(value)
  if (isSha256(value)) return true
  if (part === 'country') return /^[A-Za-z .'()-]{2,60}$/.test(text)
  return text.length <= 100 && !/@|\d\.\d{3}/.test(text)
}

function isSha256(value: Scalar): boolean {
  return typeof value === 'string' && value.length === 64 && /^[0-9a-f]{64}$/i.test(value)
}

function treatIp(value: Scalar, level: Level, only: 4 | 6 | undefined): string | undefined {
  if (typeof value !== 'string') return undefined
  const { v4, v6 } = ipBits(level)
  const masked = maskIp(value, v4, v6)
  // A whole address keeps its notation: the guard would not recognise another one.
  if (v6 === WHOLE_V6 && masked !== undefined && isIPv6(value) && isIPv6(masked)) return only === 4 ? undefined : value
  if (masked === undefined || only === undefined) return masked
  return (only === 4 ? isIPv4(masked) : isIPv6(masked)) ? masked : undefined
}

function treatTime(value: Scalar, level: Level, form: TimeForm): Json | undefined {
  const ms = millisOf(value, form)
  if (ms === undefined) return undefined
  if (level === topOf('time')) return value
  const coarse = coarseTime(new Date(ms).toISOString(), level)
  return coarse === undefined ? undefined : timeText(coarse, form, value)
}

const WHOLE_V6 = 128
const DATE_TIME = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(\.\d{1,6})?$/
const ISO = /^\d{4}-\d{2}-\d{2}T[\d:.]{5,15}(Z|[+-]\d{2}:?\d{2})$/
const NUMBER = /^\d{1,13}(\.\d{1,9})?$/
/** Smaller numbers are seconds, larger ones milliseconds: 1973 in the one, 5138 in the other. */
const FIRST_MS = 100_000_000_000
/** Year 2100: larger numbers use another unit. */
const LATEST_MS = 4_102_444_800_000

function millisOf(value: Scalar, form: TimeForm): number | undefined {
  const text = String(value)
  const ms =
    form === 'iso'
      ? ISO.test(text)
        ? Date.parse(text)
        : Number.NaN
      : form === 'date_time'
        ? DATE_TIME.test(text)
          ? Date.parse(`${text.replace(' ', 'T')}Z`)
          : Number.NaN
        : NUMBER.test(text)
          ? Number(text) * (Number(text) < FIRST_MS ? 1_000 : 1)
          : Number.NaN
  return ms >= 0 && ms < LATEST_MS ? ms : undefined
}

function timeText(iso: string, form: TimeForm, given: Scalar): Json {
  switch (form) {
    case 'iso':
      return iso
    case 'date_time':
      return iso.replace('T', ' ').replace('Z', '')
    case 'epoch': {
      const count = Date.parse(iso) / (Number(given) < FIRST_MS ? 1_000 : 1)
      return typeof given === 'string' ? String(count) : count
    }
  }
}

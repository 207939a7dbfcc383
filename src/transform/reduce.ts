/**
 * The committed tables behind `reduced` for user agent, device, system, locale, time zone, carrier and network. Each is
 * idempotent and maps to few values, so that no user stands out.
 */
import type { FieldValues } from '../model/values.ts'

const UA_PLATFORMS: readonly (readonly [RegExp, string])[] = [
  [/iPad/i, 'iPad'],
  [/iPhone|iPod|CFNetwork|Darwin|\biOS\b/i, 'iPhone'],
  [/Android|okhttp|Dalvik/i, 'Android'],
  [/Windows/i, 'Windows'],
  [/Macintosh|Mac OS X/i, 'Macintosh'],
  [/Linux|X11/i, 'Linux'],
]

/** `Mozilla/5.0 (iPhone)` and the like: the platform only. */
export function reduceUserAgent(userAgent: string): string {
  const platform = UA_PLATFORMS.find(([pattern]) => pattern.test(userAgent))?.[1] ?? 'Other'
  return `Mozilla/5.0 (${platform})`
}

const MAKERS = [
  'Apple',
  'Samsung',
  'Google',
  'Xiaomi',
  'Huawei',
  'Oppo',
  'Vivo',
  'OnePlus',
  'Motorola',
  'Sony',
  'LG',
  'Nokia',
  'Honor',
  'Realme',
]

/** A large manufacturer's name, or `Other`. Drops model and screen. */
export function reduceDevice({ manufacturer }: NonNullable<FieldValues['device']>): FieldValues['device'] {
  if (manufacturer === undefined) return undefined
  const maker = MAKERS.find((name) => name.toLowerCase() === manufacturer.trim().toLowerCase())
  return { manufacturer: maker ?? 'Other' }
}

const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/^(ios|iphone os)$/i, 'iOS'],
  [/^ipados$/i, 'iPadOS'],
  [/^android$/i, 'Android'],
]

/** The system's name and its major version. */
export function reduceOs({ name, version }: NonNullable<FieldValues['os']>): FieldValues['os'] {
  const system = name === undefined ? undefined : (SYSTEMS.find(([pattern]) => pattern.test(name))?.[1] ?? 'Other')
  const major = /^\d{1,2}(?!\d)/.exec(version ?? '')?.[0]
  if (system === undefined && major === undefined) return undefined
  return { ...(system === undefined ? {} : { name: system }), ...(major === undefined ? {} : { version: major }) }
}

/** The language only: `de-AT` → `de`. */
export function reduceLocale(locale: string): string | undefined {
  return /^[A-Za-z]{2,3}(?=$|[-_])/.exec(locale)?.[0].toLowerCase()
}

const AREAS = [
  'Africa',
  'America',
  'Antarctica',
  'Arctic',
  'Asia',
  'Atlantic',
  'Australia',
  'Europe',
  'Indian',
  'Pacific',
]

/** The time zone's area: `Europe/Vienna` → `Europe`. */
export function reduceTimezone(timezone: string): string | undefined {
  const area = timezone.split('/', 1)[0]
  return AREAS.find((name) => name === area)
}

/** Reveals that there is a carrier, not which. */
export function reduceCarrier(_carrier: string): string {
  return 'carrier'
}

/** Wi-Fi or cellular; drops Bluetooth. */
export function reduceNetwork({ cellular, wifi }: NonNullable<FieldValues['network']>): FieldValues['network'] {
  if (wifi === true) return { wifi: true }
  return cellular === true ? { cellular: true } : undefined
}

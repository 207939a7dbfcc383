/** Privacy signals as received, and their meaning. */
import type { Reason } from './reason.ts'

/** A privacy signal as received. Absent follows the regime's default; invalid always denies. */
export type Signal<T> =
  | { readonly state: 'absent' }
  | { readonly state: 'valid'; readonly value: T }
  | { readonly state: 'invalid'; readonly why: string }

export const ABSENT = { state: 'absent' } as const
export const valid = <T>(value: T): Signal<T> => ({ state: 'valid', value })
/** `why` names the fault and never quotes the text. */
export const invalid = (why: string): { readonly state: 'invalid'; readonly why: string } => ({ state: 'invalid', why })

/** The dimensions of a verdict, as bits so that merging is `|`. */
export const SALE = 1
export const SHARING = 2
export const TARGETED_ADVERTISING = 4
export const PRECISE_LOCATION = 8
export type DimensionBits = number
export const ADVERTISING_DIMENSIONS: DimensionBits = SALE | SHARING | TARGETED_ADVERTISING
export const ALL_DIMENSIONS: DimensionBits = ADVERTISING_DIMENSIONS | PRECISE_LOCATION

/**
 * Denials outside the dimensions: no regime has a rule for them, and nothing opts in to them. `SENSITIVE_DATA` keeps free
 * properties, gender and birth date from third parties. Above it, one bit per refused purpose, in the order of `PURPOSES`.
 */
export const SENSITIVE_DATA: DimensionBits = 16
export const FIRST_PURPOSE: DimensionBits = 32

export const DIMENSIONS = {
  sale: SALE,
  sharing: SHARING,
  targeted_advertising: TARGETED_ADVERTISING,
  precise_location: PRECISE_LOCATION,
} as const
export type Dimension = keyof typeof DIMENSIONS

/** The signals Sluice reads, by their names in `docs/signals.md`, and their display names. */
export const SIGNAL_WORDS = {
  choice: 'stored choice',
  gpc: 'Global Privacy Control',
  us_privacy: 'US Privacy string',
  gpp: 'GPP string',
  tcf: 'TCF consent string',
  category: 'consent category',
  dnt: 'Do Not Track',
  att: 'App Tracking Transparency',
  lmt: 'limit ad tracking',
  zeroed_id: 'zeroed advertising id',
  location_permission: 'location permission',
  coppa: 'COPPA flag',
  age: 'age',
} as const
export type SignalName = keyof typeof SIGNAL_WORDS
// Sound: the object has exactly these keys.
export const SIGNAL_NAMES = Object.keys(SIGNAL_WORDS) as readonly SignalName[]

/** Dimensions and purposes each signal covers. A missing signal covers all that its kind may deny. */
export type Covers = Readonly<Partial<Record<SignalName, DimensionBits>>>

/**
 * The meaning of one signal in the verdict's terms. `denies` restricts; `permits` is an explicit opt-in, which matters only
 * where the regime requires one. A finding with neither is informative only.
 */
export interface Finding {
  readonly signal: SignalName
  readonly denies: DimensionBits
  readonly permits: DimensionBits
  /** LMT, ATT or a zeroed id: third parties also lose all other ids and precise device data. */
  readonly deviceLimit: boolean
  readonly child: boolean
  /** Location permission denied: coordinates are dropped, place is limited to the country. */
  readonly countryOnly: boolean
  /** The age band this finding establishes, if any. */
  readonly band?: AgeBand
  /** Dimensions for which the band's own opt-in was given. Lifts rules specific to the band, never a `never`. */
  readonly lifts?: DimensionBits
  /** True for the subject's own opt-out, false for a provisional block (a malformed signal). */
  readonly withdrawal: boolean
  readonly why: Reason
}

/** A neutral finding, as a base for others. */
export const SILENT: Finding = {
  signal: 'choice',
  denies: 0,
  permits: 0,
  deviceLimit: false,
  child: false,
  countryOnly: false,
  withdrawal: false,
  why: 'choice',
}

/** Age bands that laws distinguish; `unknown` if nothing is known. */
export const AGE_BANDS = ['under_13', '13_15', '16_17', 'adult', 'unknown'] as const
export type AgeBand = (typeof AGE_BANDS)[number]

/** The youngest of several bands; any known band precedes `unknown`. */
export function youngest(bands: readonly AgeBand[]): AgeBand {
  return AGE_BANDS.find((band) => bands.includes(band)) ?? 'unknown'
}

/** Privacy signals as they reached us, and what they are found to mean. */
import type { Reason } from './reason.ts'

/** A privacy signal as it reached us. Absent follows the regime's default; invalid always denies. */
export type Signal<T> =
  | { readonly state: 'absent' }
  | { readonly state: 'valid'; readonly value: T }
  | { readonly state: 'invalid'; readonly why: string }

export const ABSENT = { state: 'absent' } as const
export const valid = <T>(value: T): Signal<T> => ({ state: 'valid', value })
/** `why` says what is wrong with the text and never repeats the text. */
export const invalid = (why: string): { readonly state: 'invalid'; readonly why: string } => ({ state: 'invalid', why })

/** What a verdict speaks about, as bits so that merging is `|`. */
export const SALE = 1
export const SHARING = 2
export const TARGETED_ADVERTISING = 4
export const PRECISE_LOCATION = 8
export type DimensionBits = number
export const ADVERTISING_DIMENSIONS: DimensionBits = SALE | SHARING | TARGETED_ADVERTISING
export const ALL_DIMENSIONS: DimensionBits = ADVERTISING_DIMENSIONS | PRECISE_LOCATION

/**
 * Denials that are no dimension: no regime has a rule for them, and nothing opts in to them. `SENSITIVE_DATA` keeps
 * free properties, gender and birth date from third parties. Above it one bit for each purpose that was refused, in
 * the order of `PURPOSES`.
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

/** The signals Sluice reads, by their names in `docs/signals.md`, and what a person calls them. */
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
// Sound: the keys of SIGNAL_WORDS are the names.
export const SIGNAL_NAMES = Object.keys(SIGNAL_WORDS) as readonly SignalName[]

/** Dimensions and purposes that a signal speaks of, by signal. Without an entry: all that its kind may deny. */
export type Covers = Readonly<Partial<Record<SignalName, DimensionBits>>>

/**
 * What one signal says, in the verdict's terms. `denies` restricts; `permits` is an explicit opt-in, which only
 * matters where the regime asks for one. A finding with neither is only a fact worth showing.
 */
export interface Finding {
  readonly signal: SignalName
  readonly denies: DimensionBits
  readonly permits: DimensionBits
  /** LMT, ATT or a zeroed id: third parties also lose every other id and precise device data. */
  readonly deviceLimit: boolean
  readonly child: boolean
  /** Location permission refused: coordinates go, place stops at the country. */
  readonly countryOnly: boolean
  /** An age band this finding establishes, if any. */
  readonly band?: AgeBand
  /** Dimensions in which the band's own opt-in was given. Lifts what a regime asks of the band alone, never a `never`. */
  readonly lifts?: DimensionBits
  /** True for what the person said themselves (an opt-out), false for "blocked for now" (a malformed signal). */
  readonly withdrawal: boolean
  readonly why: Reason
}

/** A finding that says nothing: to build one that says something. */
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

/** Age bands that laws tell apart; `unknown` where nothing was said. */
export const AGE_BANDS = ['under_13', '13_15', '16_17', 'adult', 'unknown'] as const
export type AgeBand = (typeof AGE_BANDS)[number]

/** The youngest of several bands; any known band counts before `unknown`. */
export function youngest(bands: readonly AgeBand[]): AgeBand {
  return AGE_BANDS.find((band) => bands.includes(band)) ?? 'unknown'
}

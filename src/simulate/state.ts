/**
 * The assumed state of a simulation: choices, device settings, consent strings, place. Each given value replaces what the event
 * itself says; the rest of the event is kept.
 */
import { z } from 'zod'
import type { RawSignals, Standing } from '../model/event.ts'
import { NO_STANDING } from '../model/event.ts'
import {
  ADVERTISING_DIMENSIONS,
  ALL_DIMENSIONS,
  DIMENSIONS,
  type Dimension,
  type DimensionBits,
  type Finding,
  SILENT,
} from '../model/signal.ts'
import { type CountryReader, readUsState } from '../signals/place.ts'
import { signalText } from '../signals/read.ts'

/** Single-text signals, by the names of `docs/signals.md`. */
export const TEXT_SIGNALS = [
  'us_privacy',
  'gpc',
  'dnt',
  'lmt',
  'att',
  'os',
  'os_version',
  'coppa',
  'age',
  'location_permission',
  'tcf',
  'gdpr_applies',
  'addtl_consent',
  'gpp',
] as const
/** An assumed list of section ids is a single text, too. */
const STATE_SIGNALS = [...TEXT_SIGNALS, 'gpp_sid'] as const
type StateSignal = (typeof STATE_SIGNALS)[number]

const WORD = z.union([z.string(), z.number(), z.boolean()])
/** One text, several for several places, or null: as if absent. */
const TEXTS = z.union([WORD, z.array(WORD), z.null()])
// Sound: the keys of DIMENSIONS are the dimensions.
const DIMENSION = z.enum(Object.keys(DIMENSIONS) as [Dimension, ...Dimension[]])

export const STATE = z.strictObject({
  choice: z
    .union([
      z.enum(['none', 'opted_out', 'opted_in', 'child']),
      z.strictObject({ opted_out: z.array(DIMENSION).default([]), opted_in: z.array(DIMENSION).default([]) }),
    ])
    .default('none')
    .describe(
      'The stored choice: none, opted_out (of sale, sharing and targeted advertising), opted_in (to all), child, or dimensions one by one.',
    ),
  country: TEXTS.optional().describe('Where the person is; null: nobody knows.'),
  region: TEXTS.optional().describe('US state.'),
  stopped: z.boolean().default(false).describe('As if the partner had been stopped.'),
  categories: z
    .record(z.string(), z.union([z.boolean(), z.string()]))
    .nullable()
    .optional()
    .describe('Consent categories, granted or refused.'),
  // Sound: one entry per name.
  ...(Object.fromEntries(STATE_SIGNALS.map((name) => [name, TEXTS.optional()])) as Record<
    StateSignal,
    z.ZodOptional<typeof TEXTS>
  >),
})
export type SupposedState = z.output<typeof STATE>
export const NO_STATE: SupposedState = { choice: 'none', stopped: false }

/** The event's signals, with assumed ones replaced. */
export function supposedSignals(signals: RawSignals, state: SupposedState, countryOf: CountryReader): RawSignals {
  const supposed: Record<string, unknown> = { ...signals }
  const put = (name: string, texts: readonly string[] | undefined): void => {
    if (texts === undefined) delete supposed[name]
    else supposed[name] = texts
  }
  for (const name of STATE_SIGNALS) if (state[name] !== undefined) put(name, textsOf(state[name]))
  if (state.country !== undefined)
    put(
      'country',
      textsOf(state.country)?.map((text) => countryOf(text) ?? 'ZZ'),
    )
  // A region belongs to its country, so another country without a region clears it.
  if (state.region !== undefined)
    put(
      'region',
      textsOf(state.region)?.map((text) => readUsState(text) ?? text),
    )
  else if (state.country !== undefined) put('region', undefined)
  if (state.categories === null) delete supposed.categories
  else if (state.categories !== undefined) {
    supposed.categories = Object.fromEntries(
      Object.entries(state.categories).map(([name, word]) => [name, [signalText(word)]]),
    )
  }
  // Sound: every key is a signal's name and holds texts, as read above.
  return supposed as RawSignals
}

function textsOf(value: z.output<typeof TEXTS>): readonly string[] | undefined {
  if (value === null) return undefined
  return (Array.isArray(value) ? value : [value]).map(signalText)
}

/** The standing that stored choices would give the subject. */
export function supposedStanding({ choice }: SupposedState): Standing {
  switch (choice) {
    case 'none':
      return NO_STANDING
    case 'opted_out':
      return { findings: [choiceOf({ denies: ADVERTISING_DIMENSIONS, withdrawal: true })] }
    case 'opted_in':
      return { findings: [choiceOf({ permits: ALL_DIMENSIONS })] }
    case 'child':
      return { findings: [choiceOf({ child: true, why: 'child' })] }
    default: {
      const denies = bitsOf(choice.opted_out)
      return { findings: [choiceOf({ denies, permits: bitsOf(choice.opted_in) & ~denies, withdrawal: denies !== 0 })] }
    }
  }
}

function bitsOf(names: readonly Dimension[]): DimensionBits {
  return names.reduce((bits, name) => bits | DIMENSIONS[name], 0)
}

function choiceOf(part: Partial<Finding>): Finding {
  return { ...SILENT, ...part }
}

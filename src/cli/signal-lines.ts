/** Parses hand-written lines of raw signals into the form that the gateway stores with an event. */

import { z } from 'zod'
import type { JsonObject } from '../model/brand.ts'
import { PURPOSES } from '../model/contract.ts'
import type { RawSignals } from '../model/event.ts'
import { tryJson } from '../model/json-text.ts'
import type { CategoryMap } from '../signals/categories.ts'
import { type CountryReader, readUsState } from '../signals/place.ts'
import { advertisingIdState, NO_REQUEST_SIGNALS, readSignals, signalText } from '../signals/read.ts'
import { TEXT_SIGNALS } from '../simulate/state.ts'

export interface SignalLine {
  readonly raw: RawSignals
  /** The line's own mapping of consent categories, if any. */
  readonly categories: CategoryMap | undefined
}

const WORD = z.union([z.string(), z.number(), z.boolean()])
/** One text, or several from several sources. */
const WORDS = z.union([WORD, z.array(WORD)])
/** A list of section ids is joined to one text. */
const LIST = z.union([z.string(), z.number(), z.array(z.number())])

/** Alternative key names. */
const ALIASES: Readonly<Record<string, string>> = {
  usp: 'us_privacy',
  usPrivacy: 'us_privacy',
  sec_gpc: 'gpc',
  atts: 'att',
  osv: 'os_version',
  gdpr: 'gdpr_applies',
  gdprApplies: 'gdpr_applies',
  tc_string: 'tcf',
  tcString: 'tcf',
  gdpr_consent: 'tcf',
  addtlConsent: 'addtl_consent',
  gppSid: 'gpp_sid',
  idfa: 'advertising_id',
  aaid: 'advertising_id',
  gaid: 'advertising_id',
  ifa: 'advertising_id',
  state: 'region',
  consent_categories: 'categories',
}

const LINE = z
  .looseObject({
    ...(Object.fromEntries(TEXT_SIGNALS.map((key) => [key, WORDS.optional()])) as Record<
      (typeof TEXT_SIGNALS)[number],
      z.ZodOptional<typeof WORDS>
    >),
    gpp_sid: LIST.optional(),
    advertising_id: WORDS.optional(),
    country: WORDS.optional(),
    region: WORDS.optional(),
    categories: z.record(z.string(), z.union([z.boolean(), z.string()])).optional(),
    category_purposes: z.record(z.string(), z.array(z.enum(PURPOSES))).optional(),
  })
  .superRefine((line, context) => {
    const known: readonly string[] = [
      ...TEXT_SIGNALS,
      'gpp_sid',
      'advertising_id',
      'country',
      'region',
      'categories',
      'category_purposes',
    ]
    const unknown = Object.keys(line).filter((key) => !known.includes(key) && !/^IAB(TCF|GPP|USPrivacy)_/.test(key))
    if (unknown.length > 0)
      context.addIssue({
        code: 'custom',
        message: `unknown: ${unknown.join(', ')}; known: ${known.join(', ')}, and the in-app keys IABTCF_…, IABGPP_…, IABUSPrivacy_String`,
      })
  })

/** @returns the signals, or what is wrong with the line */
export function parseSignalLine(text: string, countryOf: CountryReader): SignalLine | { readonly problem: string } {
  const value = tryJson(text)
  if (value === undefined) return { problem: 'not JSON' }
  const parsed = LINE.safeParse(renamed(value))
  if (!parsed.success) {
    return {
      problem: parsed.error.issues
        .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
        .join('; '),
    }
  }
  const line = parsed.data
  // Sound: the gateway's reader of in-app keys accepts any value.
  const inApp = Object.fromEntries(Object.entries(line).filter(([key]) => key.startsWith('IAB'))) as JsonObject
  const texts: Record<string, readonly string[]> = {}
  for (const key of TEXT_SIGNALS) if (line[key] !== undefined) texts[key] = listOf(line[key]).map(signalText)
  if (line.gpp_sid !== undefined) texts.gpp_sid = [signalText(line.gpp_sid)]
  if (line.advertising_id !== undefined) texts.advertising_id = listOf(line.advertising_id).map(advertisingIdState)
  if (line.country !== undefined) texts.country = listOf(line.country).map((word) => countryOf(String(word)) ?? 'ZZ')
  if (line.region !== undefined) texts.region = listOf(line.region).flatMap((word) => readUsState(String(word)) ?? [])
  const { categories } = line
  const own = {
    ...texts,
    ...(categories === undefined
      ? {}
      : {
          categories: Object.fromEntries(Object.entries(categories).map(([name, word]) => [name, [signalText(word)]])),
        }),
  }
  const raw = merged(readSignals([{ context: inApp }], NO_REQUEST_SIGNALS, 0, countryOf), own)
  return { raw, categories: line.category_purposes }
}

function renamed(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, word]) => [Object.hasOwn(ALIASES, key) ? ALIASES[key]! : key, word]),
  )
}

function listOf<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? value : [value as T]
}

function merged(a: RawSignals, b: Readonly<Record<string, unknown>>): RawSignals {
  const both: Record<string, unknown> = { ...a }
  for (const [key, value] of Object.entries(b)) {
    const before = both[key]
    both[key] = Array.isArray(before) && Array.isArray(value) ? [...before, ...value] : value
  }
  // Sound: every key was parsed into its shape above.
  return both as RawSignals
}

/**
 * Every situation that a decision can distinguish, in users' terms: statements, device limits, ages and laws. Verdicts come from
 * the functions that judge events.
 */
import { type ConsentSignals, type VerdictInput, verdictKey, verdictOf } from '../decide/verdict.ts'
import { findUnder } from '../flow/judge.ts'
import type { EpochMs } from '../model/brand.ts'
import type { Policy } from '../model/contract.ts'
import type { RawSignals } from '../model/event.ts'
import type { AgeBand } from '../model/signal.ts'
import type { ConsentReading, Verdict } from '../model/verdict.ts'
import type { CategoryMap } from '../signals/categories.ts'
import { createDecoders } from '../signals/decoders.ts'
import { NO_STATE, type SupposedState, supposedStanding } from './state.ts'

interface Stance {
  readonly words: string
  readonly signals?: RawSignals
  readonly choice?: SupposedState['choice']
  /** What consent strings permit, where they count. */
  readonly strings?: 'everything' | 'nothing'
  readonly categories?: boolean
}

/** Statements of the user, in order from silence to yes to no. */
export const STANCES = {
  nothing: { words: 'said nothing' },
  opted_in: { words: 'opted in with us', choice: 'opted_in' },
  consent_string: { words: 'consented to everything by consent string', strings: 'everything' },
  categories: { words: 'granted every consent category', categories: true },
  everything: {
    words: 'consented in every way',
    strings: 'everything',
    categories: true,
    choice: 'opted_in',
  },
  opted_out: { words: 'opted out with us', choice: 'opted_out' },
  consented_then_out: {
    words: 'consented by string and then opted out with us',
    strings: 'everything',
    choice: 'opted_out',
  },
  opted_in_gpc: {
    words: 'opted in with us and sent Global Privacy Control',
    signals: { gpc: ['1'] },
    choice: 'opted_in',
  },
  gpc: { words: 'sent Global Privacy Control', signals: { gpc: ['1'] } },
  us_privacy: { words: 'opted out by US Privacy string', signals: { us_privacy: ['1YYN'] } },
  string_refuses: { words: 'refused everything by consent string', strings: 'nothing' },
  categories_refused: { words: 'refused every consent category', categories: false },
  malformed: { words: 'sent a signal that nobody can read', signals: { us_privacy: ['?'] } },
} as const satisfies Record<string, Stance>
export type StanceId = keyof typeof STANCES

export const DEVICES = {
  open: { words: 'device limits nothing', signals: {} },
  limited: { words: 'device limits tracking', signals: { lmt: ['1'] } },
  no_location: { words: 'device denies location', signals: { location_permission: ['denied'] } },
} as const satisfies Record<string, { readonly words: string; readonly signals: RawSignals }>
export type DeviceId = keyof typeof DEVICES

export const AGES = {
  unknown: { words: 'of unknown age', age: undefined },
  adult: { words: 'adults', age: '30' },
  '16_17': { words: '16 or 17', age: '16' },
  '13_15': { words: '13 to 15', age: '14' },
  under_13: { words: 'children', age: '9' },
} as const satisfies Record<AgeBand, { readonly words: string; readonly age: string | undefined }>

export interface Situation {
  readonly stance: StanceId
  readonly device: DeviceId
  readonly age: AgeBand
  /** Regime of the policy. */
  readonly law: string
  readonly verdict: Verdict
  readonly key: string
}

/** A place for each law of the policy; the default law for an unknown place. */
export function placesOf({
  regimes,
  places,
  defaultRegime,
}: Policy): ReadonlyMap<string, Pick<RawSignals, 'country' | 'region'>> {
  const found = new Map<string, Pick<RawSignals, 'country' | 'region'>>()
  for (const id of Object.keys(regimes)) {
    const place = Object.keys(places).find((name) => places[name] === id)
    if (id === defaultRegime || place === undefined) continue
    const [country = '', region] = place.split('-')
    found.set(id, { country: [country], ...(region === undefined ? {} : { region: [region] }) })
  }
  found.set(defaultRegime, {})
  return found
}

/** All situations, about 5,000 for a policy of 25 laws. */
export function situationsUnder(policy: Policy, categories: CategoryMap, at: EpochMs): readonly Situation[] {
  const places = placesOf(policy)
  return statements(policy, categories, at).flatMap(({ stance, device, age, ...said }) =>
    [...places].map(([law, { country, region }]): Situation => {
      const verdict = verdictOf({ policy, ...said, countries: country, regions: region })
      return { stance, device, age, law, verdict, key: verdictKey(verdict) }
    }),
  )
}

type Statement = Pick<Situation, 'stance' | 'device' | 'age'> &
  Pick<VerdictInput, 'findings'> & { readonly consent: ConsentSignals }

/** Statements of users and devices, independent of place. */
function statements(policy: Policy, categories: CategoryMap, at: EpochMs): readonly Statement[] {
  const decoders = createDecoders()
  return entriesOf<StanceId, Stance>(STANCES).flatMap(([stance, said]) =>
    entriesOf(DEVICES).flatMap(([device, { signals }]) =>
      entriesOf(AGES).map(([age, { age: years }]): Statement => {
        const raw: RawSignals = {
          ...said.signals,
          ...signals,
          ...(years === undefined ? {} : { age: [years] }),
          ...categorySignals(said, categories),
        }
        const { findings, consent } = findUnder(raw, { policy, categories }, { from: at, until: at }, decoders)
        const standing = supposedStanding({ ...NO_STATE, choice: said.choice ?? 'none' })
        const reading = said.strings === undefined ? undefined : READINGS[said.strings]
        return {
          stance,
          device,
          age,
          findings: [...findings, ...standing.findings],
          consent: reading === undefined ? consent : { ...consent, european: reading, canadian: reading },
        }
      }),
    ),
  )
}

function categorySignals({ categories: granted }: Stance, categories: CategoryMap): Pick<RawSignals, 'categories'> {
  if (granted === undefined) return {}
  return { categories: Object.fromEntries(Object.keys(categories).map((name) => [name, [granted ? '1' : '0']])) }
}

/** Consent strings name vendors: one that permits all, or none, represents every string with that meaning for the partner. */
const READINGS: Readonly<Record<'everything' | 'nothing', ConsentReading>> = {
  everything: {
    valid: true,
    problem: '',
    purposes: ~0,
    specialFeatures: ~0,
    purposesOf: (_vendor, listing) =>
      listing === undefined ? ~0 : listing.consent | listing.legitimateInterest | listing.flexible,
    hasProvider: () => true,
  },
  nothing: {
    valid: true,
    problem: '',
    purposes: 0,
    specialFeatures: 0,
    purposesOf: () => 0,
    hasProvider: () => false,
  },
}

function entriesOf<Key extends string, Value>(record: Readonly<Record<Key, Value>>): [Key, Value][] {
  // Sound: the keys of a record of these keys.
  return Object.entries(record) as [Key, Value][]
}

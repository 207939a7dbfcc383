/**
 * The ceilings of one decision, and the treatment of each field under them: the meet. Every ceiling carries the reason it would
 * give; the reason that binds is the one whose ceiling won.
 */
import type { Levels } from '../model/contract.ts'
import type { FieldDecision } from '../model/decision.ts'
import {
  CITY,
  COUNTRY,
  DROP,
  FIELD_CLASSES,
  type FieldClass,
  ipBits,
  ipLevel,
  LADDERS,
  type Level,
  meet,
  REDUCED_DETAIL,
  topOf,
} from '../model/field-class.ts'
import { comparePrecedence, type Reason } from '../model/reason.ts'
import { NAMES_OF_DEVICES } from '../model/relay-map.ts'
import type { Verdict } from '../model/verdict.ts'
import type { Terms } from './terms.ts'

/** Terms under which something may be sent: to whom, and whether only what a restricted user's contract allows. */
export interface OpenGate {
  readonly kind: 'open'
  readonly why: Reason
  readonly thirdParty: boolean
  readonly limited: boolean
}

/** One upper bound on treatments: classes not named keep their top, or drop where `othersDrop`. */
export interface Ceiling {
  /** Under the same terms, ceilings of one id have the same levels. */
  readonly id: string
  readonly levels: Levels
  readonly othersDrop: boolean
  readonly why: Reason
}

export function ceilingsOf(
  terms: Terms,
  gate: OpenGate,
  verdict: Verdict,
  finestCoarse: Level,
  whyNotShared: Reason,
): Ceiling[] {
  const { contract, abilities } = terms
  const precise = verdict.dimensions.precise_location
  return [
    { id: 'share', levels: contract.share, othersDrop: true, why: whyNotShared },
    { id: 'type', levels: abilities, othersDrop: true, why: 'type_cannot_carry' },
    ...(gate.limited
      ? [{ id: 'restricted', levels: contract.whenRestricted.share, othersDrop: true, why: gate.why }]
      : []),
    ...(verdict.deviceLimit.limited
      ? [
          {
            id: gate.thirdParty ? 'device_third_party' : 'device',
            levels: gate.thirdParty ? LIMITED_THIRD_PARTY : LIMITED_PROVIDER,
            othersDrop: false,
            why: verdict.deviceLimit.why,
          },
        ]
      : []),
    ...(verdict.sensitive.limited && gate.thirdParty
      ? [{ id: 'sensitive', levels: SENSITIVE_THIRD_PARTY, othersDrop: false, why: verdict.sensitive.why }]
      : []),
    ...(precise.allowed
      ? []
      : [
          {
            id: `precise ${finestCoarse}`,
            levels: { coordinates: finestCoarse, place: CITY },
            othersDrop: false,
            why: preciseReason(precise.binding),
          },
        ]),
    ...(verdict.countryOnly
      ? [
          {
            id: 'country',
            levels: { coordinates: DROP, place: COUNTRY },
            othersDrop: false,
            why: 'location_permission' as const,
          },
        ]
      : []),
  ]
}

/** COPPA's flag on a relayed request: what describes the device at most in groups, and the country. No id of any kind. */
export const CONTEXTUAL: Ceiling = {
  id: 'contextual',
  levels: {
    place: COUNTRY,
    os: REDUCED_DETAIL,
    device: REDUCED_DETAIL,
    user_agent: REDUCED_DETAIL,
    locale: REDUCED_DETAIL,
    network: REDUCED_DETAIL,
  },
  othersDrop: true,
  why: 'child',
}

/** For a deletion request, only what names the device. */
export const FORGETTING: Ceiling = {
  id: 'forgetting',
  levels: Object.fromEntries(NAMES_OF_DEVICES.map((name) => [name, topOf(name)])),
  othersDrop: true,
  why: 'type_cannot_carry',
}

/** "The law asks for an opt-in" is about the whole dimension; for a field the plain reason is that it is too fine. */
function preciseReason(binding: Reason): Reason {
  return binding === 'not_opted_in' ? 'precise_location' : binding
}

/** Sensitive data limited: fields that may hold it, in whatever words. */
const SENSITIVE_THIRD_PARTY: Levels = { property: DROP, gender: DROP, birth_date: DROP }
const REDUCED_IP: Level = ipLevel(24, 48)
/** LMT, ATT or a zeroed id: no advertising id for anyone (Apple, App Store Review Guidelines 5.1.2; Google Play ads policy). */
const LIMITED_PROVIDER: Levels = { advertising_id: DROP }
/** For a third party also nothing that could stand in for it, and no device detail to fingerprint with. */
const LIMITED_THIRD_PARTY: Levels = {
  advertising_id: DROP,
  vendor_id: DROP,
  device_id: DROP,
  user_id: DROP,
  anonymous_id: DROP,
  push_token: DROP,
  click_id: DROP,
  email: DROP,
  phone: DROP,
  name: DROP,
  address: DROP,
  birth_date: DROP,
  user_agent: REDUCED_DETAIL,
  device: REDUCED_DETAIL,
  ip: REDUCED_IP,
}

/** Each class with what every decision asks of it. */
const CLASSES = FIELD_CLASSES.map((name) => {
  const top = topOf(name)
  const untouched: FieldDecision = top === DROP ? { level: DROP, why: 'never_leaves' } : { level: top, why: 'agreed' }
  return { name, top, untouched: Object.freeze(untouched) }
})

type Fields = Readonly<Record<FieldClass, FieldDecision>>

/** The fields of terms under each list of ceilings: lists differ in what a person's state adds, and those are few. */
const REMEMBERED = new WeakMap<Terms, Map<string, Fields>>()
const MOST_REMEMBERED = 512

/** As `fieldsUnder`, for terms that bind alone; frozen, because other users' decisions get the same object. Reasons and the levels that a policy sets tell one list from another. */
export function remembered(terms: Terms, ceilings: readonly Ceiling[]): Fields {
  const known = REMEMBERED.get(terms) ?? new Map<string, Fields>()
  REMEMBERED.set(terms, known)
  let key = ''
  for (const { id, why } of ceilings) key += `${id} ${why} `
  const found = known.get(key)
  if (found !== undefined) return found
  const fields = fieldsUnder(ceilings)
  for (const field of Object.values(Object.freeze(fields))) Object.freeze(field)
  if (known.size >= MOST_REMEMBERED) known.clear()
  known.set(key, fields)
  return fields
}

export function fieldsUnder(ceilings: readonly Ceiling[]): Fields {
  const fields: Partial<Record<FieldClass, FieldDecision>> = {}
  for (const { name, top, untouched } of CLASSES) {
    let level = top
    for (const ceiling of ceilings) level = meet(name, level, levelIn(ceiling, name, top))
    fields[name] = level === top ? untouched : { level, why: bindingReason(name, level, top, ceilings) }
  }
  // Sound: `CLASSES` holds every class.
  return fields as Fields
}

/** Of the ceilings that lowered a treatment, the reason that comes first. */
function bindingReason(name: FieldClass, level: Level, top: Level, ceilings: readonly Ceiling[]): Reason {
  let why: Reason = 'agreed'
  for (const ceiling of ceilings) {
    const own = levelIn(ceiling, name, top)
    if (!binds(name, own, level, top)) continue
    const reason = reasonOf(ceiling, own)
    if (comparePrecedence(reason, why) < 0) why = reason
  }
  return why
}

/** True where a ceiling lowered the result; for `ip` in one of its two parts. */
function binds(name: FieldClass, own: Level, level: Level, top: Level): boolean {
  if (own === top) return false
  if (LADDERS[name] !== 'ip') return own === level
  const [ceiling, result, whole] = [ipBits(own), ipBits(level), ipBits(top)]
  return (ceiling.v4 === result.v4 && ceiling.v4 < whole.v4) || (ceiling.v6 === result.v6 && ceiling.v6 < whole.v6)
}

function levelIn({ levels, othersDrop }: Ceiling, name: FieldClass, top: Level): Level {
  return levels[name] ?? (othersDrop ? DROP : top)
}

function reasonOf({ why }: Ceiling, level: Level): Reason {
  return why === 'not_granted' && level !== DROP ? 'generalised' : why
}

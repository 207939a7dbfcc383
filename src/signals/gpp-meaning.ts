/**
 * The meaning of a US section of GPP, in the verdict's terms. Field values follow the specifications; contradictions are
 * resolved by us, always to the more private reading:
 * - an opt-out (1) denies its dimension; California's `SharingOptOut` also denies targeted advertising;
 * - "notice not given" (2), "did not opt out" without an applicable notice (2 beside 0) and "not applicable" despite a notice
 *   (0 beside 1) deny their dimension: the user was not properly asked;
 * - service provider mode (MSPA) denies sale, sharing and targeted advertising: the sender may not pass the data on for these;
 * - precise location refused (its own item), or consented to without a notice, denies precise location;
 * - any other sensitive item refused, or its notice not given, withholds free properties, gender and birth date, because any of
 *   them may hold such data;
 * - child items are age bands: any value but 0 places the user in the band; 1 denies what the item covers, 2 lifts the band's
 *   own default, never a regime's `never`;
 * - 3 is undefined in every field and makes the section malformed.
 */
import {
  ADVERTISING_DIMENSIONS,
  type AgeBand,
  type DimensionBits,
  invalid,
  PRECISE_LOCATION,
  SALE,
  SENSITIVE_DATA,
  SHARING,
  type Signal,
  TARGETED_ADVERTISING,
  valid,
  youngest,
} from '../model/signal.ts'
import type { UsFields, UsSection } from './gpp-us.ts'

export interface UsMeaning {
  /** Opted out of by the user. */
  readonly optedOut: DimensionBits
  /** Explicitly not opted out of (2). "Not applicable" (0) is not a statement by the user. */
  readonly agreed: DimensionBits
  /** Denied for another reason: service provider mode, no consent for a child. */
  readonly restricted: DimensionBits
  /** Denied because of a contradiction or a missing notice. */
  readonly contradicted: DimensionBits
  readonly gpc: boolean
  readonly sensitiveRefused: boolean
  /** Undefined if no child item is set. */
  readonly band: AgeBand | undefined
  /** Dimensions for which the band's default is lifted. */
  readonly lifted: DimensionBits
}

/** Each notice with its opt-out and the dimension they concern. */
const PAIRS: readonly (readonly [notice: string, optOut: string, covers: DimensionBits])[] = [
  ['SaleOptOutNotice', 'SaleOptOut', SALE],
  ['SharingOptOutNotice', 'SharingOptOut', SHARING],
  ['TargetedAdvertisingOptOutNotice', 'TargetedAdvertisingOptOut', TARGETED_ADVERTISING],
]
const SOLD_OR_TARGETED = SALE | TARGETED_ADVERTISING
/** Notices about all further disclosure. */
const GENERAL_NOTICES = ['SharingNotice', 'ProcessingNotice']
const SENSITIVE_NOTICES = [
  'SensitiveDataProcessingOptOutNotice',
  'SensitiveDataLimitUseNotice',
  'SensitiveDataOptOutNotice',
]

export function meaningOf({ spec, fields, gpc }: UsSection): Signal<UsMeaning> {
  if (holds3(fields)) return invalid('a field holds 3, which means nothing')
  const one = (name: string): number | undefined => asNumber(fields[name])
  let [optedOut, agreed, restricted, contradicted] = [0, 0, 0, 0]
  for (const [notice, optOut, covers] of PAIRS) {
    const dimension = covers === SHARING && spec.sharingIsTargeting ? SHARING | TARGETED_ADVERTISING : covers
    const [told, chosen] = [one(notice), one(optOut)]
    if (chosen === 1) optedOut |= dimension
    if (chosen === 2) agreed |= dimension
    if (told === 2 || (told === 0 && chosen === 2) || (told === 1 && chosen === 0)) contradicted |= dimension
  }
  if (GENERAL_NOTICES.some((name) => one(name) === 2)) contradicted |= ADVERTISING_DIMENSIONS
  // National section: "no sharing notice applies" contradicts "did not opt out of sharing".
  if (one('SharingNotice') === 0 && one('SharingOptOut') === 2) contradicted |= SHARING
  if (one('MspaServiceProviderMode') === 1 || one('MspaMode') === 2) restricted |= ADVERTISING_DIMENSIONS

  const sensitive = asList(fields.SensitiveDataProcessing)
  const precise = spec.preciseItem === undefined ? undefined : sensitive[spec.preciseItem - 1]
  const noNotice = SENSITIVE_NOTICES.some((name) => one(name) === 2)
  if (precise === 1) optedOut |= PRECISE_LOCATION
  if (noNotice || (precise === 2 && SENSITIVE_NOTICES.some((name) => one(name) === 0))) contradicted |= PRECISE_LOCATION
  if (precise === 2) agreed |= PRECISE_LOCATION
  // Laws without a term for sharing cover it by the other two.
  if (fields.SharingOptOut === undefined && (agreed & SOLD_OR_TARGETED) === SOLD_OR_TARGETED) agreed |= SHARING
  const others = sensitive.filter((_, index) => index + 1 !== spec.preciseItem)
  if (others.includes(2)) agreed |= SENSITIVE_DATA
  const otherRefused = others.includes(1)

  const items = asList(fields.KnownChildSensitiveDataConsents)
  const stated = spec.children
    .map((item, index) => ({ ...item, value: items[index] ?? 0 }))
    .filter(({ value }) => value !== 0)
  const band = stated.length === 0 ? undefined : youngest(stated.map((item) => item.band))
  let lifted = 0
  for (const { band: itsBand, covers, value } of stated) {
    if (value === 1) restricted |= covers
    else if (itsBand === band) lifted |= covers
  }
  return valid({
    optedOut,
    agreed,
    restricted,
    contradicted,
    gpc: gpc === true,
    sensitiveRefused: otherRefused || noNotice,
    band,
    lifted: lifted & ~restricted,
  })
}

function holds3(fields: UsFields): boolean {
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'number' ? value === 3 && !name.endsWith('Version') : value.includes(3)) return true
  }
  return false
}

function asNumber(value: UsFields[string] | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined
}

/** A list, or a field with a single item. */
function asList(value: UsFields[string] | undefined): readonly number[] {
  if (value === undefined) return []
  return typeof value === 'number' ? [value] : value
}

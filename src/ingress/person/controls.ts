/** What a user can deny on the pages, and what they can allow again. */
import type { StandingChoice } from '../../model/choice.ts'
import {
  ALL_DIMENSIONS,
  type DimensionBits,
  PRECISE_LOCATION,
  SALE,
  SHARING,
  TARGETED_ADVERTISING,
} from '../../model/signal.ts'

export const CONTROLS = ['ads', 'targeted', 'location'] as const
export type Control = (typeof CONTROLS)[number]

export const CONTROL_BITS: Readonly<Record<Control, DimensionBits>> = {
  ads: SALE | SHARING,
  targeted: TARGETED_ADVERTISING,
  location: PRECISE_LOCATION,
}

/** What a button denies, by the value it sends. */
const DENIED: Readonly<Record<string, DimensionBits>> = {
  ...CONTROL_BITS,
  /** On the page without an account: an opt-out as the app's own switch states it. */
  ads_all: SALE | SHARING | TARGETED_ADVERTISING,
  all: ALL_DIMENSIONS,
}

/** Undefined for a value that no button sends. */
export function deniedBy(what: string | undefined): DimensionBits | undefined {
  return what !== undefined && Object.hasOwn(DENIED, what) ? DENIED[what] : undefined
}

export function controlOf(what: string | undefined): Control | undefined {
  return CONTROLS.find((name) => name === what)
}

export type ControlState = 'denied' | 'allowed' | 'open'

/** A denial of any part counts; an opt-in only if it covers all of it and nothing denies. */
export function stateOf(control: Control, standing: readonly StandingChoice[]): ControlState {
  const bits = CONTROL_BITS[control]
  const denies = standing.reduce((sum, one) => sum | one.denies, 0)
  if ((denies & bits) !== 0) return 'denied'
  const permits = standing.reduce((sum, one) => sum | one.permits, 0)
  return (permits & bits) === bits ? 'allowed' : 'open'
}

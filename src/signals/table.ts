/**
 * Every signal, one line each, in the order of `docs/signals.md`. The compiler rejects a name of `SIGNAL_NAMES` without a line,
 * and a line without places, rule, description, states or reason.
 */
import type { SignalName } from '../model/signal.ts'
import { AGE } from './age.ts'
import { ATT } from './att.ts'
import { CATEGORY } from './category-signal.ts'
import { COPPA } from './coppa.ts'
import { DNT } from './dnt.ts'
import type { SignalEntry } from './entry.ts'
import { GPC } from './gpc.ts'
import { GPP } from './gpp-signal.ts'
import { LMT } from './lmt.ts'
import { LOCATION_PERMISSION } from './location-permission.ts'
import { TCF } from './tcf-signal.ts'
import { US_PRIVACY } from './us-privacy.ts'
import { ZEROED_ID } from './zeroed-id.ts'

/** `choice` has no entry: choices are stored with us and are in no event. */
export const SIGNALS = {
  gpc: GPC,
  us_privacy: US_PRIVACY,
  gpp: GPP,
  tcf: TCF,
  dnt: DNT,
  lmt: LMT,
  coppa: COPPA,
  att: ATT,
  zeroed_id: ZEROED_ID,
  location_permission: LOCATION_PERMISSION,
  age: AGE,
  category: CATEGORY,
} as const satisfies Readonly<Record<Exclude<SignalName, 'choice'>, SignalEntry>>

export const SIGNAL_ENTRIES: readonly SignalEntry[] = Object.values(SIGNALS)

/** Verdicts for records: the functions that judge events, called with what a record says. */
import { verdictOf } from '../../src/decide/verdict.ts'
import { findUnder, verdictUnder } from '../../src/flow/judge.ts'
import type { JsonObject } from '../../src/model/brand.ts'
import { NO_STANDING, type RawSignals } from '../../src/model/event.ts'
import type { Finding } from '../../src/model/signal.ts'
import type { Verdict } from '../../src/model/verdict.ts'
import { readSignals } from '../../src/signals/read.ts'
import type { Bench } from './judgement.ts'

/** A US state without a law of its own: what denies there denies because of the signal. */
export const PLAIN_STATE: Pick<RawSignals, 'country' | 'region'> = { country: ['US'], region: ['AL'] }

export function verdictFor(raw: RawSignals, { rules, decoders, at }: Bench): Verdict {
  const found = findUnder(raw, rules, { from: at, until: at }, decoders)
  return verdictUnder(raw, found, NO_STANDING, rules.policy)
}

export function verdictForFindings(findings: readonly Finding[], { rules }: Bench): Verdict {
  return verdictOf({ policy: rules.policy, findings, countries: PLAIN_STATE.country, regions: PLAIN_STATE.region })
}

/** Signals of an object in OpenRTB's words, with or without a `Sec-GPC` header. */
export function signalsOf(request: unknown, { countryOf, at }: Bench, gpc: readonly string[] = []): RawSignals {
  // Sound: the reader takes any JSON and understands only what it knows.
  return readSignals([(request ?? {}) as JsonObject], { gpc, dnt: [] }, at, countryOf)
}

/** True where sale, sharing and targeted advertising are all denied. */
export function deniesAdvertising({ dimensions }: Verdict): boolean {
  return !dimensions.sale.allowed && !dimensions.sharing.allowed && !dimensions.targeted_advertising.allowed
}

/** True where none of the three is denied. */
export function allowsAdvertising({ dimensions }: Verdict): boolean {
  return dimensions.sale.allowed && dimensions.sharing.allowed && dimensions.targeted_advertising.allowed
}

/**
 * Remembers decisions. A decision depends on two contracts, an event name and a verdict with what its consent says of
 * the partner, never on the event's values, so a few hundred cover all traffic and a decision costs a look-up.
 */
import type { Decision } from '../model/decision.ts'
import { Recent } from '../model/recent.ts'
import { consentKey } from './consent.ts'
import { type DecideInput, decide, listingOf } from './decide.ts'
import { isInForce, type Terms } from './terms.ts'

const MAX_DECISIONS = 20_000

/** @param key the verdict's key (`verdictKey`): the same for all partners of one event */
export type CachedDecide = (input: DecideInput, key: string) => Decision

export function createDecisionCache(): CachedDecide {
  const termsKeys = new WeakMap<Terms, number>()
  const decisions = new Recent<string, Decision>({ max: MAX_DECISIONS })
  let nextTerms = 1
  const keyOf = (terms: Terms | undefined, at: number, point: number | undefined): string => {
    if (terms === undefined) return '-'
    let key = termsKeys.get(terms)
    if (key === undefined) {
      key = nextTerms++
      termsKeys.set(terms, key)
    }
    return `${key}${stateOf(terms, at, point)}`
  }
  return (input, verdict) => {
    const { accepted, now, app, eventKey, finestCoarse, at, point } = input
    const consent = `${partOf(input, accepted)}\0${accepted === now ? '' : partOf(input, now)}`
    const key = `${keyOf(accepted, at, point)}\0${keyOf(now, at, point)}\0${app}\0${eventKey}\0${finestCoarse}\0${verdict}\0${consent}`
    let decision = decisions.get(key)
    if (decision === undefined) {
      decision = decide(input)
      decisions.set(key, decision)
    }
    return decision
  }
}

/** What consent says of this very partner. */
function partOf(
  { verdict, vendorList }: Pick<DecideInput, 'verdict' | 'vendorList'>,
  terms: Terms | undefined,
): string {
  if (terms === undefined) return ''
  const own = consentKey(verdict, terms.contract, listingOf(terms.contract, vendorList))
  return terms.bounds.reduce((key, bound) => `${key}/${partOf({ verdict, vendorList }, bound.terms)}`, own)
}

/** What time and the subject's place make of the terms: an agreement that has ended, bounds that are in force. */
function stateOf({ contract, bounds }: Terms, at: number, point: number | undefined): string {
  const until = contract.agreementUntil
  let state = until === undefined || at < until ? '' : '!'
  for (const bound of bounds) {
    state += isInForce(bound, at, point) ? '+' : '-'
    if (bound.terms !== undefined) state += stateOf(bound.terms, at, point)
  }
  return state
}

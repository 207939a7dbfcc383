/**
 * Remembers decisions. A decision depends on two contracts, an event name and a verdict with what its consent says of
 * the partner, never on the event's values, so a few hundred cover all traffic and a decision costs a look-up.
 */
import { LRUCache } from 'lru-cache'
import type { Decision } from '../model/decision.ts'
import { consentKey } from './consent.ts'
import { type DecideInput, decide, listingOf } from './decide.ts'
import type { Terms } from './terms.ts'

const MAX_DECISIONS = 20_000

/** @param key the verdict's key (`verdictKey`): the same for all partners of one event */
export type CachedDecide = (input: DecideInput, key: string) => Decision

export function createDecisionCache(): CachedDecide {
  const termsKeys = new WeakMap<Terms, number>()
  const decisions = new LRUCache<string, Decision>({ max: MAX_DECISIONS })
  let nextTerms = 1
  const keyOf = (terms: Terms | undefined, at: number): string => {
    if (terms === undefined) return '-'
    let key = termsKeys.get(terms)
    if (key === undefined) {
      key = nextTerms++
      termsKeys.set(terms, key)
    }
    const until = terms.contract.agreementUntil
    return until === undefined || at < until ? `${key}` : `${key}!`
  }
  return (input, verdict) => {
    const { accepted, now, app, eventKey, finestCoarse, at } = input
    const consent = `${partOf(input, accepted)}\0${accepted === now ? '' : partOf(input, now)}`
    const key = `${keyOf(accepted, at)}\0${keyOf(now, at)}\0${app}\0${eventKey}\0${finestCoarse}\0${verdict}\0${consent}`
    let decision = decisions.get(key)
    if (decision === undefined) {
      decision = decide(input)
      decisions.set(key, decision)
    }
    return decision
  }
}

/** What consent says of this very partner. */
function partOf({ verdict, vendorList }: DecideInput, terms: Terms | undefined): string {
  return terms === undefined ? '' : consentKey(verdict, terms.contract, listingOf(terms.contract, vendorList))
}

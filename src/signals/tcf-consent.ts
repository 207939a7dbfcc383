/**
 * What a TC string permits under TCF 2.0 to 2.3: whether it is still valid, and which purposes one vendor may rely on. Pure;
 * `now` is an argument.
 *
 * Stricter than prebid-server in Go and Java, which check neither expiry nor the policy version:
 * - expired 395 days (13 months) after `lastUpdated` (IAB Europe TCF Policies, appendix B);
 * - created after 30 September 2023 with a policy version below 4: invalid (TCF 2.2, transition note);
 * - from 1 March 2026 on without the disclosed vendors segment: invalid (TCF 2.3, transition note);
 * - legitimate interest never counts for purpose 1, nor for 3 to 6 from policy version 4 on, and not at all without a
 *   vendor list: only the list states which basis a vendor has declared.
 */
import type { EpochMs } from '../model/brand.ts'
import { invalid, type Signal, valid } from '../model/signal.ts'
import type { VendorListing } from '../model/verdict.ts'
import type { TcString } from './tcf.ts'

const DAY_MS = 86_400_000
/** 13 months, as IAB Europe and its validators count. */
export const TC_MAX_AGE_MS = 395 * DAY_MS
/** Phones' clocks are off by hours and some CMPs round days up; a date further ahead is invalid. */
const MAX_AHEAD_MS = 2 * DAY_MS
const POLICY_4_REQUIRED_AFTER = Date.UTC(2023, 9, 1)
const DISCLOSED_REQUIRED_FROM = Date.UTC(2026, 2, 1)
/** 2 = TCF 2.0 and 2.1, 4 = 2.2, 5 = 2.3. Later versions are unknown and therefore invalid. */
const [OLDEST_POLICY, NEWEST_POLICY] = [2, 5]
/** From TCF 2.2 on, purposes 3, 4, 5 and 6 require consent. */
const NO_INTEREST_FROM_POLICY_4 = 0b111100
const PURPOSE_1 = 1

/** The same string if it is valid at `now`, else invalid with the reason. */
export function checkTcString(tc: TcString, now: EpochMs): Signal<TcString> {
  const problem = problemAt(tc, now)
  return problem === '' ? valid(tc) : invalid(problem)
}

/** Why a string is not valid at `now`, or ''. */
export function problemAt({ created, lastUpdated, policyVersion, disclosedVendors }: TcString, now: EpochMs): string {
  if (lastUpdated + TC_MAX_AGE_MS <= now) return 'older than 13 months'
  if (Math.max(created, lastUpdated) > now + MAX_AHEAD_MS) return 'from the future'
  if (created > lastUpdated + DAY_MS) return 'updated before it was created'
  if (policyVersion < OLDEST_POLICY || policyVersion > NEWEST_POLICY) return 'an unknown policy version'
  if (created >= POLICY_4_REQUIRED_AFTER && policyVersion < 4) return 'a policy version too old for its date'
  if (disclosedVendors === undefined && Math.max(created, lastUpdated) >= DISCLOSED_REQUIRED_FROM) {
    return 'no disclosed vendors'
  }
  return ''
}

/** The purposes this vendor may rely on, as bits. Without a listing only consent counts: the vendor's declared basis is unknown. */
export function purposesOf(tc: TcString, vendor: number, listing: VendorListing | undefined): number {
  if (vendor < 1 || tc.disclosedVendors?.has(vendor) === false) return 0
  const consented = tc.vendorConsents.has(vendor) ? tc.purposesConsent : 0
  let declaredConsent = listing === undefined ? ~0 : listing.consent
  let declaredInterest = listing?.legitimateInterest ?? 0
  const flexible = listing?.flexible ?? 0
  for (const { purpose, type, vendors } of tc.publisherRestrictions) {
    const bit = purpose <= 30 ? 1 << (purpose - 1) : 0
    if (bit === 0 || !vendors.some(([first, last]) => vendor >= first && vendor <= last)) continue
    const mayMove = (flexible & bit) !== 0
    if (type === 1) {
      if (mayMove) declaredConsent |= bit
      declaredInterest &= ~bit
    } else if (type === 2) {
      if (mayMove) declaredInterest |= bit
      declaredConsent &= ~bit
    } else {
      declaredConsent &= ~bit
      declaredInterest &= ~bit
    }
  }
  return (consented & declaredConsent) | (interestOf(tc, vendor) & declaredInterest)
}

function interestOf(tc: TcString, vendor: number): number {
  if (!tc.vendorLegitimateInterests.has(vendor)) return 0
  const never = PURPOSE_1 | (tc.policyVersion >= 4 ? NO_INTEREST_FROM_POLICY_4 : 0)
  return tc.purposesLegitimateInterest & ~never
}

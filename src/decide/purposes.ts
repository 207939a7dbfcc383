/**
 * The committed table role × purpose → what must be permitted.
 * - `needs`: dimensions of which none may be denied. An opt-out of sharing with ad partners covers every purpose of a
 *   third party, because the app's policy promises exactly that; a service provider acts for the app and is not a sale
 *   (Cal. Civ. Code 1798.140(ag)).
 * - `optIns`: of those, the ones that need an opt-in where the law asks for one. Only advertising needs the opt-in to
 *   targeted advertising: somebody who consented to measurement (TCF purposes 1 and 7) has consented to measurement.
 * - `tcfPurposes`: the consents asked for where the law wants consent first (IAB Europe TCF Policies, appendix A), as
 *   bits: purpose n is bit n-1.
 */
import type { Purpose, Role } from '../model/contract.ts'
import { ADVERTISING_DIMENSIONS, type DimensionBits, SALE, SHARING } from '../model/signal.ts'

export interface PurposeNeeds {
  readonly needs: DimensionBits
  readonly optIns: DimensionBits
  readonly tcfPurposes: number
}

const purposes = (...numbers: readonly number[]): number =>
  numbers.reduce((bits, number) => bits | (1 << (number - 1)), 0)
const advertising: PurposeNeeds = {
  needs: ADVERTISING_DIMENSIONS,
  optIns: ADVERTISING_DIMENSIONS,
  tcfPurposes: purposes(1, 2, 3, 4, 7),
}
const third = (tcfPurposes: number): PurposeNeeds => ({
  needs: ADVERTISING_DIMENSIONS,
  optIns: SALE | SHARING,
  tcfPurposes,
})
const provider = (tcfPurposes: number): PurposeNeeds => ({ needs: 0, optIns: 0, tcfPurposes })

export const PURPOSE_NEEDS: Readonly<Record<Role, Readonly<Record<Purpose, PurposeNeeds>>>> = {
  third_party: {
    advertising,
    measurement: third(purposes(1, 7)),
    analytics: third(purposes(1, 9, 10)),
    fraud_prevention: third(purposes(1)),
    service: third(purposes(1)),
  },
  service_provider: {
    // A service provider cannot advertise for others; the contract check refuses it, and here it needs everything.
    advertising,
    measurement: provider(purposes(1, 7)),
    analytics: provider(purposes(1, 9, 10)),
    // Strictly necessary: no consent is asked for (TCF special purpose 1; ePrivacy Directive, article 5(3)).
    fraud_prevention: provider(0),
    service: provider(0),
  },
}

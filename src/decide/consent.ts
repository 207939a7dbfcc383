/**
 * What consent strings and categories say of one partner. Where consent is asked for first, a third party needs its own:
 * by its number in IAB's vendor list, by its number in Google's (Additional Consent), or, where it has neither, by every
 * consent category the contract names. A contract with none of them gets nothing there. A service provider acts for the
 * app and needs the purposes alone.
 */
import { type ContractPlan, PURPOSES, type Purpose } from '../model/contract.ts'
import type { Reason } from '../model/reason.ts'
import { FIRST_PURPOSE } from '../model/signal.ts'
import type { Consent, VendorListing, Verdict } from '../model/verdict.ts'

/** What the partner's role and purposes ask for. */
export interface ConsentNeeds {
  readonly thirdParty: boolean
  /** TCF purposes that must be consented to, as bits. */
  readonly tcfPurposes: number
  readonly listing: VendorListing | undefined
}

/** `agreed`, or why nothing may go to this partner. */
export function consentTo({ consent, refusedPurposes }: Verdict, contract: ContractPlan, needs: ConsentNeeds): Reason {
  if ((refusedPurposes.bits & purposeBits(contract.purposes)) !== 0) return refusedPurposes.why
  if (categoriesOf(consent, contract) === 'refused') return 'category'
  if (!consent.required || (!needs.thirdParty && needs.tcfPurposes === 0)) return 'agreed'
  const { tcfVendor, addtlProvider } = contract
  if (needs.thirdParty && (tcfVendor !== undefined || addtlProvider !== undefined)) {
    return byString(consent, relied(consent, contract, needs.listing), needs.tcfPurposes)
  }
  if (consent.strings !== undefined || consent.why !== 'consent_missing') {
    const held = byString(consent, consent.strings?.purposes ?? 0, needs.tcfPurposes)
    if (held !== 'agreed' || !needs.thirdParty) return held
  }
  const granted = purposeBits(contract.purposes) / FIRST_PURPOSE
  const covers = ((consent.categories?.granted ?? 0) & granted) === granted
  if (needs.thirdParty) return covers && categoriesOf(consent, contract) === 'granted' ? 'agreed' : missing(consent)
  return covers ? 'agreed' : missing(consent)
}

/** Everything about a verdict's consent that `consentTo` can depend on for this contract. */
export function consentKey({ consent }: Verdict, contract: ContractPlan, listing: VendorListing | undefined): string {
  if (!consent.required && consent.categories === undefined) return ''
  const { strings, categories } = consent
  return `${strings?.purposes ?? ''}.${relied(consent, contract, listing)}.${categoriesOf(consent, contract)}.${categories?.granted ?? ''}`
}

/** Purposes that the partner may rely on by its number. */
function relied(
  { strings }: Consent,
  { tcfVendor, addtlProvider }: ContractPlan,
  listing: VendorListing | undefined,
): number {
  if (strings === undefined || !strings.valid) return 0
  if (tcfVendor !== undefined) return strings.purposesOf(tcfVendor, listing)
  return addtlProvider !== undefined && strings.hasProvider(addtlProvider) ? strings.purposes : 0
}

function byString({ why }: Consent, held: number, needed: number): Reason {
  if (why !== 'agreed') return why
  return (held & needed) === needed ? 'agreed' : 'tcf'
}

function missing({ why, categories }: Consent): Reason {
  if (why !== 'agreed') return why
  return categories === undefined ? 'tcf' : 'category'
}

function categoriesOf({ categories }: Consent, { consentCategories }: ContractPlan): 'granted' | 'refused' | 'unsaid' {
  let all: 'granted' | 'unsaid' = consentCategories.length > 0 ? 'granted' : 'unsaid'
  for (const name of consentCategories) {
    const answer = categories?.answers.get(name)
    if (answer === false) return 'refused'
    if (answer === undefined) all = 'unsaid'
  }
  return all
}

function purposeBits(purposes: readonly Purpose[]): number {
  let bits = 0
  for (const purpose of purposes) bits |= FIRST_PURPOSE << PURPOSES.indexOf(purpose)
  return bits
}

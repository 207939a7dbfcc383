/**
 * States of partial consent: to some purposes, companies or categories, or with purposes refused by name. Consent only opens or
 * closes a partner's gate, so each state is tried with everything else permitted, and only if two contracts require different
 * consent.
 */

import { PURPOSE_NEEDS } from '../decide/purposes.ts'
import type { ContractPlan, Purpose } from '../model/contract.ts'
import { PURPOSES, ROLES } from '../model/contract.ts'
import { DIMENSIONS, type Dimension, FIRST_PURPOSE } from '../model/signal.ts'
import type { Consent, ConsentReading, DimensionVerdict, Verdict } from '../model/verdict.ts'
import type { State } from './states.ts'

/** The parts of a contract that decide which consent it requires. */
export function consentAskedBy(contract: ContractPlan): readonly unknown[] {
  const { tcfVendor, addtlProvider, consentCategories, purposes, role, agreementUntil } = contract
  return [tcfVendor, addtlProvider, consentCategories, purposes, role, agreementUntil]
}

/** @param both every contract in force on either side */
export function consentStates(both: readonly ContractPlan[], places: readonly string[]): readonly State[] {
  const who = new Map([['by_consent', new Set(places)] as const])
  const state = (consent: Consent, refused = 0): State => {
    const verdict: Verdict = {
      ...PERMITTED,
      consent,
      refusedPurposes: { bits: refused, why: refused === 0 ? 'agreed' : 'gpp' },
    }
    return { before: verdict, after: verdict, differs: false, who }
  }
  const refusals = [0, ...PURPOSES.map((_, index) => FIRST_PURPOSE << index)]
  return [
    ...refusals.map((bits) =>
      state({ required: false, why: 'agreed', strings: undefined, categories: undefined }, bits),
    ),
    ...stringsFor(both).flatMap((strings) =>
      categoriesFor(both).flatMap((categories) =>
        [true, false].map((required) =>
          state({ required, why: strings === undefined ? 'consent_missing' : 'agreed', strings, categories }),
        ),
      ),
    ),
  ]
}

const OPEN: DimensionVerdict = { allowed: true, binding: 'agreed', causes: [], onlyUnasked: false }
const PERMITTED: Verdict = {
  regime: '',
  band: 'unknown',
  // Sound: one entry per dimension.
  dimensions: Object.fromEntries(Object.keys(DIMENSIONS).map((name) => [name, OPEN])) as Record<
    Dimension,
    DimensionVerdict
  >,
  consent: { required: false, why: 'agreed', strings: undefined, categories: undefined },
  refusedPurposes: { bits: 0, why: 'agreed' },
  child: { blocked: false, why: 'agreed', contextual: true },
  deviceLimit: { limited: false, why: 'agreed' },
  sensitive: { limited: false, why: 'agreed' },
  countryOnly: false,
  withdrawal: false,
}

/** No string; strings for all purposes, none, or exactly those one contract needs; with or without each company. */
function stringsFor(contracts: readonly ContractPlan[]): readonly (ConsentReading | undefined)[] {
  const purposes = new Set([
    0,
    ~0,
    ...contracts.flatMap(({ purposes }) => ROLES.map((role) => tcfBits(role, purposes))),
  ])
  const vendors = subsets(distinct(contracts.map(({ tcfVendor }) => tcfVendor)))
  const providers = subsets(distinct(contracts.map(({ addtlProvider }) => addtlProvider)))
  return [
    undefined,
    ...[...purposes].flatMap((bits) =>
      vendors.flatMap((named) =>
        providers.map(
          (provided): ConsentReading => ({
            valid: true,
            problem: '',
            purposes: bits,
            specialFeatures: ~0,
            purposesOf: (vendor) => (named.includes(vendor) ? bits : 0),
            hasProvider: (provider) => provided.includes(provider),
          }),
        ),
      ),
    ),
  ]
}

function tcfBits(role: (typeof ROLES)[number], purposes: readonly Purpose[]): number {
  return purposes.reduce((bits, purpose) => bits | PURPOSE_NEEDS[role][purpose].tcfPurposes, 0)
}

/** No category; all granted; each refused or unanswered; those of one contract. Granting some purposes or all. */
function categoriesFor(contracts: readonly ContractPlan[]): readonly Consent['categories'][] {
  const names = distinct(contracts.flatMap(({ consentCategories }) => consentCategories))
  const answers: (readonly (readonly [string, boolean])[])[] = [
    names.map((name) => [name, true]),
    ...names.map((refused) => names.map((name) => [name, name !== refused] as const)),
    ...names.map((silent) => names.filter((name) => name !== silent).map((name) => [name, true] as const)),
    ...contracts.map(({ consentCategories }) => consentCategories.map((name) => [name, true] as const)),
  ]
  const granted = new Set([0, ~0, ...contracts.map(({ purposes }) => purposeBits(purposes))])
  return [
    undefined,
    ...answers.flatMap((some) => [...granted].map((bits) => ({ answers: new Map(some), granted: bits }))),
  ]
}

function purposeBits(purposes: readonly Purpose[]): number {
  return purposes.reduce((bits, purpose) => bits | (1 << PURPOSES.indexOf(purpose)), 0)
}

function distinct<T>(values: readonly (T | undefined)[]): readonly T[] {
  return [...new Set(values.filter((value) => value !== undefined))]
}

/** Subsets of up to two values: none, each, both. */
function subsets<T>(values: readonly T[]): readonly (readonly T[])[] {
  return values.reduce<readonly (readonly T[])[]>((all, value) => all.flatMap((some) => [some, [...some, value]]), [[]])
}

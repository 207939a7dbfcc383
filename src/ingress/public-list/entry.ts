/** One contract as the public list says it: plain facts, from the terms themselves and what the partner's interface carries. */
import { PURPOSE_NEEDS } from '../../decide/purposes.ts'
import { termsOf } from '../../decide/terms.ts'
import type { EpochMs } from '../../model/brand.ts'
import type { ContractPlan, Levels, RevisionPlan } from '../../model/contract.ts'
import { DROP, FIELD_CLASSES, meet, NEVER_LEAVES, topOf } from '../../model/field-class.ts'
import type { RegisteredType } from '../../partners/envelope-limits.ts'
import { createSendsAs } from '../../partners/sends-as.ts'
import { classWords, countryName, formWords, PURPOSE_WORDS, ROLE_WORDS } from './words.ts'

export interface Shared {
  /** The field class: stable, for machines. */
  readonly field: string
  readonly what: string
  readonly form: string
}
export interface PublicPartner {
  readonly id: string
  readonly name: string
  readonly role: string
  readonly role_words: string
  readonly purposes: readonly { readonly purpose: string; readonly words: string }[]
  readonly apps: readonly string[]
  /** What has to happen in the app for something to be shared. */
  readonly events: readonly string[]
  readonly shared: readonly Shared[]
  /** The same for people who opted out; `effect` says it in a sentence. */
  readonly when_opted_out: {
    readonly effect: 'nothing_is_shared' | 'less_is_shared' | 'nothing_changes'
    readonly shared: readonly Shared[]
  }
  readonly countries: readonly { readonly code: string; readonly name: string }[]
  readonly transfer_basis?: string
  readonly privacy_policy: string
}

type Types = ReadonlyMap<string, RegisteredType>

/** Undefined where the type is gone: nothing can be sent to such a partner. */
export type ReadEntry = (contract: ContractPlan, plan: RevisionPlan, at: EpochMs) => PublicPartner | undefined

/** Pure but for what it remembers of types. */
export function createEntryReader(types: Types): ReadEntry {
  const sendsAs = createSendsAs()
  return (contract, plan, at) => {
    const type = types.get(contract.type)
    if (type === undefined) return undefined
    const sends = sendsAs(type, contract.connection)
    const details = detailsOf(contract)
    const { share } = termsOf(contract, type.abilities, false).contract
    const list = (...ceilings: readonly Levels[]): readonly Shared[] => {
      const levels = meetAll([...ceilings, type.abilities])
      return FIELD_CLASSES.flatMap((name) => {
        const whole = formWords(name, levels[name] ?? DROP, sends(name))
        const form = whole === undefined || name !== 'property' ? whole : detailsForm(details)
        return form === undefined ? [] : [{ field: name, what: classWords(name), form }]
      })
    }
    const shared = list(share)
    return {
      id: contract.id,
      name: contract.name,
      role: contract.role,
      role_words: ROLE_WORDS[contract.role],
      purposes: contract.purposes.map((purpose) => ({ purpose, words: PURPOSE_WORDS[purpose] })),
      apps: contract.apps.map((id) => plan.apps.find((app) => app.id === id)?.name ?? id),
      events: Object.keys(contract.events).map(eventWords),
      shared,
      when_opted_out: optedOut(contract, at, shared, () => list(share, contract.whenRestricted.share)),
      countries: contract.countries.map((code) => ({ code, name: countryName(code) })),
      ...(contract.transferBasis === undefined ? {} : { transfer_basis: contract.transferBasis }),
      privacy_policy: contract.privacyPolicy,
    }
  }
}

/** An opt-out of sharing with advertising partners does not end what a company does for the app under contract. */
function optedOut(
  contract: ContractPlan,
  at: EpochMs,
  shared: readonly Shared[],
  limited: () => readonly Shared[],
): PublicPartner['when_opted_out'] {
  const lapsed = contract.role === 'service_provider' && !(at < (contract.agreementUntil ?? 0))
  const role = lapsed ? 'third_party' : contract.role
  if (contract.purposes.every((purpose) => PURPOSE_NEEDS[role][purpose].needs === 0))
    return { effect: 'nothing_changes', shared }
  if (contract.whenRestricted.send === 'nothing') return { effect: 'nothing_is_shared', shared: [] }
  return { effect: 'less_is_shared', shared: limited() }
}

function meetAll(all: readonly Levels[]): Levels {
  return Object.fromEntries(
    FIELD_CLASSES.map((name) => [name, all.reduce((least, one) => meet(name, least, one[name] ?? DROP), topOf(name))]),
  )
}

/** Undefined where no event names one. */
function detailsForm(details: readonly string[]): string | undefined {
  return details.length === 0 ? undefined : `only these: ${details.map((path) => path.replaceAll('[]', '')).join(', ')}`
}

function detailsOf({ events }: ContractPlan): readonly string[] {
  return [...new Set(Object.values(events).flatMap(({ properties }) => Object.keys(properties)))].sort()
}

const CALLS: Readonly<Record<string, string>> = {
  '@identify': 'You sign in or change your profile',
  '@screen': 'You open a screen',
  '@page': 'You open a page',
  '@group': 'You join a group or company account',
  '@alias': 'You sign in for the first time on this device',
}

function eventWords(key: string): string {
  return CALLS[key] ?? key
}

/** What no contract can name. */
export function neverShared(): readonly string[] {
  return NEVER_LEAVES.map(classWords)
}

/** One contract in the public list: plain facts, from its terms and its partner type. */
import { PURPOSE_NEEDS } from '../../decide/purposes.ts'
import { termsOf } from '../../decide/terms.ts'
import type { EpochMs } from '../../model/brand.ts'
import type { ContractPlan, Levels, RevisionPlan } from '../../model/contract.ts'
import { DROP, FIELD_CLASSES, meet, NEVER_LEAVES, topOf } from '../../model/field-class.ts'
import { FORGET_EVENT, NAMES_OF_DEVICES } from '../../model/relay-map.ts'
import type { RegisteredType } from '../../partners/kit/envelope-limits.ts'
import { createSendsAs } from '../../partners/kit/sends-as.ts'
import { countryName, type Effect, formWords, type PartnerWords } from './words.ts'

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
  /** Conditions in the app under which anything is shared. */
  readonly events: readonly string[]
  readonly shared: readonly Shared[]
  /** The same for users who opted out; `effect` says it in a sentence. */
  readonly when_opted_out: {
    readonly effect: Effect
    readonly shared: readonly Shared[]
  }
  /** Where deletion requests for it are sent: each includes one of these, also after an opt-out. */
  readonly when_asked_to_forget?: { readonly shared: readonly Shared[] }
  readonly countries: readonly { readonly code: string; readonly name: string }[]
  readonly transfer_basis?: string
  readonly privacy_policy: string
}

type Types = ReadonlyMap<string, RegisteredType>

/** Undefined if the type no longer exists: nothing can be sent to such a partner. */
export type ReadEntry = (contract: ContractPlan, plan: RevisionPlan, at: EpochMs) => PublicPartner | undefined

/** Pure, except for a cache of types. */
export function createEntryReader(types: Types, words: PartnerWords): ReadEntry {
  const sendsAs = createSendsAs()
  return (contract, plan, at) => {
    const type = types.get(contract.type)
    if (type === undefined) return undefined
    const sends = sendsAs(type, contract.connection)
    const binding = bindingOn(contract, at)
    // A partner whose first terms are still pending receives nothing yet: it is not listed.
    if (binding === undefined) return undefined
    const details = detailsOf(binding)
    const shares = binding.map((one) => termsOf(one, type.abilities, false).contract.share)
    const keys = eventsOf(binding)
    const events = keys.filter((key) => key !== FORGET_EVENT)
    const forgets = events.length < keys.length
    const list = (...ceilings: readonly Levels[]): readonly Shared[] => {
      const levels = strictest([...ceilings, type.abilities])
      return FIELD_CLASSES.flatMap((name) => {
        const whole = formWords(words, name, levels[name] ?? DROP, sends(name))
        const form = whole === undefined || name !== 'property' ? whole : detailsForm(words, details)
        return form === undefined ? [] : [{ field: name, what: words.classes[name], form }]
      })
    }
    const shared = forgets && events.length === 0 ? [] : list(...shares)
    const limits = binding.map(({ whenRestricted }) => whenRestricted.share)
    return {
      id: contract.id,
      name: contract.name,
      role: contract.role,
      role_words: words.roles[contract.role],
      purposes: contract.purposes.map((purpose) => ({ purpose, words: words.purposes[purpose] })),
      apps: contract.apps.map((id) => plan.apps.find((app) => app.id === id)?.name ?? id),
      events: events.map((key) => words.calls[key] ?? key),
      shared,
      ...(forgets ? { when_asked_to_forget: { shared: list(WHOLE_NAMES, ...shares) } } : {}),
      when_opted_out: optedOut(binding, at, shared, () => (shared.length === 0 ? [] : list(...shares, ...limits))),
      countries: contract.countries.map((code) => ({ code, name: countryName(words, code) })),
      ...(contract.transferBasis === undefined ? {} : { transfer_basis: contract.transferBasis }),
      privacy_policy: contract.privacyPolicy,
    }
  }
}

/** A deletion request includes one of these. */
const WHOLE_NAMES: Levels = Object.fromEntries(NAMES_OF_DEVICES.map((name) => [name, topOf(name)]))

/**
 * The widest terms in force now: the contract's own, or the earlier ones while a widening is pending or after it has
 * lapsed. A staged widening already applies to some users, so the wider terms are shown. Undefined if nothing may be
 * sent.
 */
function bindingOn(contract: ContractPlan, at: EpochMs): readonly ContractPlan[] | undefined {
  const all = [contract]
  for (const { contract: before, when } of contract.bounds ?? []) {
    const holds =
      when.kind === 'always' ||
      (when.kind === 'from' && at >= when.at) ||
      (when.kind === 'outside' && when.percent <= 0)
    if (!holds) continue
    const inner = before === null ? undefined : bindingOn(before, at)
    if (inner === undefined) return undefined
    all.push(...inner)
  }
  return all
}

function eventsOf([first, ...others]: readonly ContractPlan[]): readonly string[] {
  return Object.keys(first?.events ?? {}).filter((key) => others.every(({ events }) => Object.hasOwn(events, key)))
}

/** An opt-out of sharing with advertising partners does not end what a company does for the app under contract. */
function optedOut(
  binding: readonly ContractPlan[],
  at: EpochMs,
  shared: readonly Shared[],
  limited: () => readonly Shared[],
): PublicPartner['when_opted_out'] {
  const isRestricted = ({ role, agreementUntil = 0, purposes }: ContractPlan): boolean => {
    const now = role === 'service_provider' && at >= agreementUntil ? 'third_party' : role
    return purposes.some((purpose) => PURPOSE_NEEDS[now][purpose].needs !== 0)
  }
  if (!binding.some(isRestricted)) return { effect: 'nothing_changes', shared }
  if (binding.some((one) => isRestricted(one) && one.whenRestricted.send === 'nothing'))
    return { effect: 'nothing_is_shared', shared: [] }
  return { effect: 'less_is_shared', shared: limited() }
}

function strictest(all: readonly Levels[]): Levels {
  return Object.fromEntries(
    FIELD_CLASSES.map((name) => [name, all.reduce((least, one) => meet(name, least, one[name] ?? DROP), topOf(name))]),
  )
}

/** Undefined if the contract names no event. */
function detailsForm({ onlyThese }: PartnerWords, details: readonly string[]): string | undefined {
  return details.length === 0 ? undefined : onlyThese(details.map((path) => path.replaceAll('[]', '')).join(', '))
}

function detailsOf(binding: readonly ContractPlan[]): readonly string[] {
  const namedBy = ({ events }: ContractPlan): readonly string[] =>
    Object.values(events).flatMap(({ properties }) => Object.keys(properties))
  const [first = [], ...others] = binding.map(namedBy)
  return [...new Set(first)].filter((path) => others.every((named) => named.includes(path))).sort()
}

/** What no contract can name. */
export function neverShared({ classes }: PartnerWords): readonly string[] {
  return NEVER_LEAVES.map((name) => classes[name])
}

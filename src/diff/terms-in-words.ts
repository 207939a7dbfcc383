/** A compiled contract in the vocabulary of contract files, for readers and approvers. */
import type { Json } from '../model/brand.ts'
import type { ContractPlan, Levels } from '../model/contract.ts'
import { DROP, FIELD_CLASSES, treatmentName } from '../model/field-class.ts'

/** Class → treatment in contract notation; an IP's prefixes as `[v4, v6]`. */
export type ShareInWords = Readonly<Record<string, string | readonly [number, number]>>

export interface TermsInWords {
  readonly name: string
  readonly type: string
  readonly role: string
  /** Service providers: end of the agreement, ISO 8601. */
  readonly agreement_until?: string
  readonly purposes: readonly string[]
  /** Countries of processing. */
  readonly countries: readonly string[]
  readonly transfer_basis?: string
  readonly privacy_policy: string
  readonly contact: string
  readonly apps: readonly string[]
  /** Every address in the connection, complete; a pixel's with its parameters. Secrets are references elsewhere in it. */
  readonly addresses: readonly string[]
  /** Event → the partner's name for it, and source path → the partner's name for the property. */
  readonly events: Readonly<
    Record<string, { readonly as: string; readonly properties: Readonly<Record<string, string>> }>
  >
  readonly share: ShareInWords
  readonly when_restricted: { readonly send: string; readonly share: ShareInWords }
  /** If staged: the share of subjects, in percent, and its end, ISO 8601. */
  readonly percent?: number
  readonly until?: string
}

export function termsInWords(contract: ContractPlan): TermsInWords {
  const { name, type, role, agreementUntil, purposes, countries, transferBasis, privacyPolicy, contact } = contract
  const { apps, events, share, whenRestricted, connection } = contract
  const { percent, until } = stageOf(contract)
  return {
    name,
    type,
    role,
    ...(agreementUntil === undefined ? {} : { agreement_until: iso(agreementUntil) }),
    purposes,
    countries,
    ...(transferBasis === undefined ? {} : { transfer_basis: transferBasis }),
    privacy_policy: privacyPolicy,
    contact,
    apps,
    addresses: addressesOf(connection),
    events,
    share: shareInWords(share),
    when_restricted: { send: whenRestricted.send, share: shareInWords(whenRestricted.share) },
    ...(percent === undefined ? {} : { percent }),
    ...(until === undefined ? {} : { until: iso(until) }),
  }
}

export function shareInWords(levels: Levels): ShareInWords {
  return Object.fromEntries(
    FIELD_CLASSES.flatMap((name) => {
      const level = levels[name] ?? DROP
      if (level === DROP) return []
      const word = treatmentName(name, level)
      return [[name, name === 'ip' && word !== 'pass' ? ([level >> 8, level & 255] as const) : word]]
    }),
  )
}

export interface Stage {
  /** Share of subjects, in percent. */
  readonly percent?: number
  /** Its end, epoch milliseconds. */
  readonly until?: number
}

/** The narrowest share and end among a contract's bounds. */
export function stageOf({ bounds = [] }: ContractPlan): Stage {
  const shares = bounds.flatMap(({ when }) => (when.kind === 'outside' ? [when.percent] : []))
  const ends = bounds.flatMap(({ when }) => (when.kind === 'from' ? [when.at] : []))
  return {
    ...(shares.length === 0 ? {} : { percent: Math.min(...shares) }),
    ...(ends.length === 0 ? {} : { until: Math.min(...ends) }),
  }
}

export function addressesOf(value: Json): readonly string[] {
  if (typeof value === 'string') return /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? [value] : []
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(addressesOf)
}

function iso(at: number): string {
  return new Date(at).toISOString()
}

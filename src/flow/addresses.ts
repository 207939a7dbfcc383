/**
 * Which identifiers were sent with an item, exactly as sent: partners are notified of opt-outs and deletions by the
 * identifiers they received and no others. One function for both fronts.
 */
import type { EpochMs, IdentityKey, PartnerId } from '../model/brand.ts'
import type { FieldClass } from '../model/field-class.ts'
import type { FieldValues } from '../model/values.ts'
import type { Sendable, Sending } from './sendable.ts'

/** Classes that identify a user or a device to a partner. */
const IDENTIFIERS = [
  'advertising_id',
  'vendor_id',
  'device_id',
  'user_id',
  'anonymous_id',
  'push_token',
  'partner_id',
  'click_id',
  'email',
  'phone',
] as const satisfies readonly FieldClass[]
type IdentifierClass = (typeof IDENTIFIERS)[number]

export interface SentIdentifier {
  readonly class: FieldClass
  /** See `NoticeIdentifier`. A relayed request does not state it: `unknown` for an advertising id, else `''`. */
  readonly kind: string
  readonly value: string
}

/** The identifiers sent about one subject to one partner. */
export interface Addressed {
  readonly partner: PartnerId
  readonly app: string
  readonly at: EpochMs
  readonly identityKeys: readonly IdentityKey[]
  readonly identifiers: readonly SentIdentifier[]
}

/** The identifiers in it by which the partner could be notified. */
export function addressed({ event, prepared }: Pick<Sendable, 'event' | 'prepared'>, at: EpochMs): Addressed {
  const { contract, view } = prepared
  const identifiers = isRelayed(prepared) ? identifiersIn(prepared.passed) : identifiersOf(view)
  return { partner: contract.id, app: event.app, at, identityKeys: event.identityKeys, identifiers }
}

/** Leaves of a relayed request, in order, with their classes. */
interface Passed {
  readonly slots: readonly string[]
  readonly texts: readonly string[]
}

function isRelayed(prepared: Sending): prepared is Sending & { readonly passed: Passed } {
  return 'passed' in prepared
}

function identifiersIn({ slots, texts }: Passed): readonly SentIdentifier[] {
  const found = new Map<string, SentIdentifier>()
  slots.forEach((slot, index) => {
    const of = IDENTIFIERS.find((name) => name === slot)
    const value = texts[index]!
    if (of !== undefined)
      found.set(`${of} ${value}`, { class: of, kind: of === 'advertising_id' ? 'unknown' : '', value })
  })
  return [...found.values()]
}

function identifiersOf(view: FieldValues): readonly SentIdentifier[] {
  const found: SentIdentifier[] = []
  for (const name of IDENTIFIERS) found.push(...valuesOf(name, view))
  return found
}

function valuesOf(name: IdentifierClass, view: FieldValues): readonly SentIdentifier[] {
  switch (name) {
    case 'advertising_id': {
      const given = view.advertising_id
      return given === undefined ? [] : [{ class: name, kind: given.kind, value: given.id }]
    }
    case 'partner_id':
    case 'click_id':
      return Object.entries(view[name] ?? {}).map(([kind, value]) => ({ class: name, kind, value }))
    default: {
      const value = view[name]
      return value === undefined ? [] : [{ class: name, kind: '', value }]
    }
  }
}

/** Stores the identifiers that partners have received. */
export interface AddressBook {
  /**
   * Undefined if all of them are stored already. Otherwise resolves once durable; if it rejects, nothing may be sent:
   * the partner could not be notified later.
   */
  keep(sent: readonly Addressed[]): Promise<void> | undefined
}

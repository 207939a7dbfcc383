/**
 * Which identifiers left with an item, exactly as they left: for partners that are told of opt-outs and deletions, who have
 * to be told by what they received and by nothing else. One function for both fronts.
 */
import type { EpochMs, IdentityKey, PartnerId } from '../model/brand.ts'
import type { FieldClass } from '../model/field-class.ts'
import type { FieldValues } from '../model/values.ts'
import type { Sendable, Sending } from './sendable.ts'

/** Classes that name a person or a device to a partner. */
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
  /** See `NoticeIdentifier`. Of a relayed request, which does not say: `unknown` for an advertising id, else `''`. */
  readonly kind: string
  readonly value: string
}

/** What was sent of one person to one partner. */
export interface Addressed {
  readonly partner: PartnerId
  readonly app: string
  readonly at: EpochMs
  readonly identityKeys: readonly IdentityKey[]
  readonly identifiers: readonly SentIdentifier[]
}

/** What leaves with it that a partner could be told by. */
export function addressed({ event, prepared }: Pick<Sendable, 'event' | 'prepared'>, at: EpochMs): Addressed {
  const { contract, view } = prepared
  const identifiers = isRelayed(prepared) ? identifiersIn(prepared.passed) : identifiersOf(view)
  return { partner: contract.id, app: event.app, at, identityKeys: event.identityKeys, identifiers }
}

/** Leaves of a relayed request, place for place with their classes. */
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

/** Where identifiers are kept that partners have received. */
export interface AddressBook {
  /**
   * Undefined where there is nothing to keep that is not kept. Otherwise durable when it resolves; where it rejects, nothing
   * may be sent: nobody could take it back.
   */
  keep(sent: readonly Addressed[]): Promise<void> | undefined
}

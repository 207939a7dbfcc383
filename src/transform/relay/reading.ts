/** Accumulators for reading a partner's own request through its type's map, and for writing it again. */
import type { Json, JsonObject } from '../../model/brand.ts'
import type { Decision } from '../../model/decision.ts'
import type { Identity, IdentityKind } from '../../model/event.ts'
import { type FieldClass, type Level, meet } from '../../model/field-class.ts'
import { isUnreadable, tryJson } from '../../model/json-text.ts'
import { isPlaceholderIdentity } from '../../model/placeholder.ts'
import type { SignalTextName } from '../../model/relay-map.ts'
import type { AppFacts } from '../../model/values.ts'
import { coarseCoordinates } from '../coarse-coordinates.ts'
import type { Pseudonymise } from '../view.ts'
import { ceilingsOfDerived } from './derived-place.ts'

/** Leaves and, index by index, their kind: a field class, or one of the words below. */
export interface SortedLeaves {
  readonly slots: readonly string[]
  readonly texts: readonly string[]
}
/** Kinds of leaf: unlisted; impersonal; listed by the contract; a signal. */
export const UNKNOWN = 'unknown'
export const PLAIN = 'plain'
export const NAMED = 'property'
export const SIGNAL = 'signal'

const BRACE = 0x7b
const BRACKET = 0x5b
const ZERO_ID = /^[0-]*$/
/** MD5, SHA-1 or SHA-256 in hex: no stored choice can match it. */
const DIGEST = /^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$/i

/** True for a placeholder in place of an id. Zeros are not included: they pass where the id may, as a limit. */
export function isPlaceholderId(of: FieldClass, value: string | number, real: readonly string[] | undefined): boolean {
  const kind = IDENTITIES[of]
  // An unreadable number may still be a real id; `identity` reports it.
  if (kind === undefined || (typeof value === 'number' && !Number.isFinite(value))) return false
  const text = String(value)
  return isPlaceholderIdentity(kind, text, real) && !ZERO_ID.test(text.trim())
}

export function isDigest(value: Json): boolean {
  return typeof value === 'string' && DIGEST.test(value)
}
const MAX_ID = 512
const NO_SETTINGS: ReadonlySet<string> = new Set()

/** A contract's own setting in comparable form: SDKs write their app's ids in either case. */
export function settingOf(value: string | number): string {
  return String(value).trim().toLowerCase()
}
/** Limits beyond which a request is refused: see `overflows`. */
const MAX_DEPTH = 16
const MAX_LEAVES = 20_000

const IDENTITIES: Readonly<Partial<Record<FieldClass, IdentityKind>>> = {
  user_id: 'user',
  anonymous_id: 'anonymous',
  advertising_id: 'advertising_id',
  vendor_id: 'vendor_id',
  device_id: 'vendor_id',
}

/** One parsed request. */
export class Reading implements SortedLeaves {
  readonly slots: string[] = []
  readonly texts: string[] = []
  readonly identities: Identity[] = []
  readonly signals: (readonly [SignalTextName, Json])[] = []
  readonly advertisingIds: Json[] = []
  /** True if two elements of a list identify different people. */
  mixed = false
  /** True if the request holds more than the guard could scan: it is refused. */
  overflows = false
  /** True if an id is unreadable or too long, so that its subject's choices cannot be found. */
  unreadable = false
  /** Words that are real user ids in the app. */
  readonly real: readonly string[] | undefined
  #element = 0
  readonly #elementOf: number[] = []
  readonly #settings: ReadonlySet<string>

  /** @param settings the contract's own values in this request, as from `settingOf`; they do not count as the user's */
  constructor(settings: ReadonlySet<string> = NO_SETTINGS, real?: readonly string[]) {
    this.#settings = settings
    this.real = real
  }

  leaf(slot: string, value: Json | undefined): void {
    if (this.texts.length >= MAX_LEAVES) this.overflows = true
    else if (slot === UNKNOWN && this.#isSetting(value)) return
    else if (typeof value === 'string') {
      if (value === '') return
      this.slots.push(slot)
      this.texts.push(value)
    } else if (typeof value === 'number') {
      this.slots.push(slot)
      this.texts.push(String(value))
    }
  }

  /** Collects every leaf of an unlisted member, including JSON inside texts. */
  unknown(value: Json | undefined, depth = 0): void {
    if (depth >= MAX_DEPTH) this.overflows = true
    else if (typeof value === 'string') {
      this.leaf(UNKNOWN, value)
      if (value.charCodeAt(0) === BRACE || value.charCodeAt(0) === BRACKET) this.unknown(tryJson(value), depth + 1)
    } else if (typeof value !== 'object' || value === null) this.leaf(UNKNOWN, value)
    else if (Array.isArray(value)) for (const one of value as readonly Json[]) this.unknown(one, depth + 1)
    else for (const one of Object.values(value as JsonObject)) this.unknown(one, depth + 1)
  }

  identity(of: FieldClass, value: string | number): void {
    const kind = IDENTITIES[of]
    if (kind === undefined) return
    const text = String(value).trim()
    if (text.length > MAX_ID || isUnreadable(text) || (typeof value === 'number' && !Number.isFinite(value))) {
      this.unreadable = true
      return
    }
    // Zeros in place of an id identify nobody.
    if (ZERO_ID.test(text) || DIGEST.test(text)) return
    for (let index = 0; index < this.identities.length; index++) {
      const known = this.identities[index]!
      if (known.kind !== kind) continue
      if (known.value === text) return
      if (this.#elementOf[index] !== this.#element) this.mixed = true
    }
    this.identities.push({ kind, value: text })
    this.#elementOf.push(this.#element)
  }

  #isSetting(value: Json | undefined): boolean {
    if (this.#settings.size === 0 || (typeof value !== 'string' && typeof value !== 'number')) return false
    return this.#settings.has(settingOf(value))
  }

  /** Starts a list element that may describe another person. */
  nextElement(): void {
    this.#element++
  }
}

/** One request being written under one decision. */
export class Writing implements SortedLeaves {
  readonly slots: string[] = []
  readonly texts: string[] = []
  /** Classes of which a value passed. */
  readonly passes: Partial<Record<FieldClass, true>> = {}
  /** A coarse position's numbers, which may be close to the true ones. */
  readonly ownNumbers: number[] = []
  /** Values written without having been received. */
  readonly constants = new Set<string>()
  readonly decision: Extract<Decision, { kind: 'send' }>
  readonly app: AppFacts
  readonly pseudonymise: Pseudonymise

  #derived = false

  constructor(decision: Extract<Decision, { kind: 'send' }>, app: AppFacts, pseudonymise: Pseudonymise) {
    this.decision = decision
    this.app = app
    this.pseudonymise = pseudonymise
  }

  /** The treatment of a class at the current place. */
  levelOf(of: FieldClass): Level {
    const { fields } = this.decision
    const { level } = fields[of]
    if (!this.#derived || (of !== 'place' && of !== 'coordinates')) return level
    return meet(of, level, ceilingsOfDerived(fields.ip.level)[of])
  }

  /** Writes a value derived from an IP address. */
  derived<Written>(write: () => Written): Written {
    const before = this.#derived
    this.#derived = true
    const written = write()
    this.#derived = before
    return written
  }

  leaf(slot: string, value: Json): void {
    if (typeof value !== 'string' && typeof value !== 'number') return
    this.slots.push(slot)
    this.texts.push(String(value))
  }

  constant(value: Json): void {
    if (typeof value === 'string') this.constants.add(value)
    else if (typeof value === 'number') this.constants.add(String(value))
    else if (typeof value === 'object' && value !== null) for (const one of Object.values(value)) this.constant(one)
  }

  coarse(latitude: number, longitude: number, level: number): ReturnType<typeof coarseCoordinates> {
    const cell = coarseCoordinates({ latitude, longitude }, level)
    if (cell !== undefined) this.ownNumbers.push(cell.latitude, cell.longitude)
    return cell
  }
}

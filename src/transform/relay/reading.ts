/** What is collected while a partner's own request is read by its type's map, and while it is written again. */
import type { Json, JsonObject } from '../../model/brand.ts'
import type { Decision } from '../../model/decision.ts'
import type { Identity, IdentityKind } from '../../model/event.ts'
import { type FieldClass, type Level, meet } from '../../model/field-class.ts'
import { isUnreadable, tryJson } from '../../model/json-text.ts'
import { namesNobody } from '../../model/placeholder.ts'
import type { SignalTextName } from '../../model/relay-map.ts'
import type { AppFacts } from '../../model/values.ts'
import { coarseCoordinates } from '../coarse-coordinates.ts'
import type { Pseudonymise } from '../view.ts'
import { ceilingsOfDerived } from './derived-place.ts'

/** Leaves place for place with what each is: a field class, or one of the words below. */
export interface SortedLeaves {
  readonly slots: readonly string[]
  readonly texts: readonly string[]
}
/** The slot of what no place names; of what says nothing of a person; of what the contract named; of signals. */
export const UNKNOWN = 'unknown'
export const PLAIN = 'plain'
export const NAMED = 'property'
export const SIGNAL = 'signal'

const BRACE = 0x7b
const BRACKET = 0x5b
const ZERO_ID = /^[0-]*$/
/** MD5, SHA-1 or SHA-256 in hex: no stored choice could match it. */
const DIGEST = /^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$/i

/** True for what stands in the place of an id and names nobody. Zeros are not: they pass where the id may, as a limit. */
export function isNobodysId(of: FieldClass, value: string | number, real: readonly string[] | undefined): boolean {
  const kind = IDENTITIES[of]
  // A number that nobody can read may be somebody's: `identity` says so.
  if (kind === undefined || (typeof value === 'number' && !Number.isFinite(value))) return false
  const text = String(value)
  return namesNobody(kind, text, real) && !ZERO_ID.test(text.trim())
}

export function isDigest(value: Json): boolean {
  return typeof value === 'string' && DIGEST.test(value)
}
const MAX_ID = 512
const NO_SETTINGS: ReadonlySet<string> = new Set()

/** A contract's own setting, as it is compared: SDKs write their app's ids in either case. */
export function settingOf(value: string | number): string {
  return String(value).trim().toLowerCase()
}
/** Beyond either a request is not judged at all: see `overflows`. */
const MAX_DEPTH = 16
const MAX_LEAVES = 20_000

const IDENTITIES: Readonly<Partial<Record<FieldClass, IdentityKind>>> = {
  user_id: 'user',
  anonymous_id: 'anonymous',
  advertising_id: 'advertising_id',
  vendor_id: 'vendor_id',
  device_id: 'vendor_id',
}

/** One request, read. */
export class Reading implements SortedLeaves {
  readonly slots: string[] = []
  readonly texts: string[] = []
  readonly identities: Identity[] = []
  readonly signals: (readonly [SignalTextName, Json])[] = []
  readonly advertisingIds: Json[] = []
  /** True where two elements of a list name different people. */
  mixed = false
  /** True where there is more than the guard could look for: such a request cannot be let through. */
  overflows = false
  /** True where an id is there that cannot be read exactly, or is too long for one: nobody can tell whose it is. */
  unreadable = false
  /** Words that are ids of real people at the app. */
  readonly real: readonly string[] | undefined
  #element = 0
  readonly #elementOf: number[] = []
  readonly #settings: ReadonlySet<string>

  /** @param settings what the contract writes of its own, as `settingOf` has it: no value of the person's where it is sent */
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

  /** Every leaf of what no place names, JSON inside texts included. */
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
    // Zeros are what is sent in the place of an id: nobody's.
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

  /** What follows may be about another person. */
  nextElement(): void {
    this.#element++
  }
}

/** One request, being written under one decision. */
export class Writing implements SortedLeaves {
  readonly slots: string[] = []
  readonly texts: string[] = []
  /** Classes of which something passes. */
  readonly passes: Partial<Record<FieldClass, true>> = {}
  /** A coarse position's numbers: they may lie close to the true ones. */
  readonly ownNumbers: number[] = []
  /** What is written beside what was received. */
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

  /** The treatment of a class where the writing is. */
  levelOf(of: FieldClass): Level {
    const { fields } = this.decision
    const { level } = fields[of]
    if (!this.#derived || (of !== 'place' && of !== 'coordinates')) return level
    return meet(of, level, ceilingsOfDerived(fields.ip.level)[of])
  }

  /** Writes what was derived from an IP address. */
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

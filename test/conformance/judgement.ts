/** How one record came out, and the means to say so. */

import type { Rules } from '../../src/flow/judge.ts'
import type { Decoders } from '../../src/signals/decoders.ts'
import type { CountryReader } from '../../src/signals/place.ts'

/** A record of a vector file. `input` and `expected` have a shape a kind. */
export interface VectorRecord {
  readonly source: string
  readonly kind: string
  readonly input: unknown
  readonly expected: unknown
}

/** One field of a record: ours beside the expected, and what the difference means. */
export interface Field {
  readonly name: string
  readonly relation: 'same' | 'stricter' | 'looser' | 'different'
  readonly ours: unknown
  readonly expected: unknown
}

/** What judges work with: the policy of a configuration folder, at one moment. */
export interface Bench {
  readonly rules: Rules
  readonly decoders: Decoders
  readonly countryOf: CountryReader
  readonly at: number
}

export type Judge = (record: VectorRecord, bench: Bench) => readonly Field[]

/** The same, or something else altogether. */
export function equal(name: string, ours: unknown, expected: unknown): Field {
  const same = canonical(ours) === canonical(expected)
  return { name, relation: same ? 'same' : 'different', ours, expected }
}

/** Something that may happen: ours may forbid more, never less. */
export function permission(name: string, ours: boolean, expected: boolean): Field {
  return { name, relation: ours === expected ? 'same' : expected ? 'stricter' : 'looser', ours, expected }
}

/** Something that restricts: ours may restrict more, never less. */
export function restriction(name: string, ours: boolean, expected: boolean): Field {
  return { name, relation: ours === expected ? 'same' : ours ? 'stricter' : 'looser', ours, expected }
}

/** A text that is refused must deny; `denies` says whether it does. */
export function refusal(ours: { readonly valid: boolean; readonly denies: boolean }): Field {
  const refused = !ours.valid || ours.denies
  return { name: 'valid', relation: refused ? 'same' : 'looser', ours: ours.valid, expected: false }
}

/** A text that others read and we refuse: proved stricter by what refusing it denies. */
export function refusedByUs(denies: boolean, why: string): Field {
  return { name: 'valid', relation: denies ? 'stricter' : 'different', ours: why, expected: true }
}

/** Keys sorted, so that their order never counts. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
    return `{${entries.map(([key, inner]) => `${key}:${canonical(inner)}`).join()}}`
  }
  return JSON.stringify(value) ?? 'undefined'
}

/** Reads a member of something untrusted; undefined where it is not there. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null
        ? (inner as Readonly<Record<string | number, unknown>>)[key]
        : undefined,
    value,
  )
}

export function textAt(value: unknown, ...path: readonly (string | number)[]): string {
  const found = at(value, ...path)
  return typeof found === 'string' ? found : ''
}

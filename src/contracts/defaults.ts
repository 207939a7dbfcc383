/**
 * Applies `defaults.yaml` to contracts that leave a part out. Defaults are resolved before validation, diff and decisions, so that
 * a default that widens counts as a widening for each partner it affects.
 */
import { basename } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { stringify } from 'yaml'
import type { Path, Problem } from '../model/problem.ts'
import { isMap } from './salvage.ts'
import { valueAt } from './shape.ts'
import { type Place, parseSource, problemAt, type Source } from './source.ts'
import { didYouMean } from './suggest.ts'

export const DEFAULTS_FILE = 'defaults.yaml'

/** Parts of a contract that may come from the defaults. */
const WHOLE = ['contact', 'apps'] as const

interface Taken {
  readonly own: Path
  readonly from: Path
}

/**
 * The contract completed from the defaults; each added part is located in `defaults.yaml`. The contract's own values win: key by
 * key in `limits`, class by class in `share`.
 */
export function withDefaults(source: Source, defaults: Source | undefined): Source {
  if (defaults === undefined || !isMap(source.value) || !isMap(defaults.value)) return source
  const value: Record<string, unknown> = { ...source.value }
  const taken: Taken[] = []
  for (const key of WHOLE) {
    const given = defaults.value[key]
    if (value[key] !== undefined || given === undefined) continue
    value[key] = given
    taken.push({ own: [key], from: [key] })
  }
  const under = (own: string, from: Path): void => {
    const merged = mergedMap(value[own], [own], valueAt(defaults.value, from), from, taken)
    if (merged !== undefined) value[own] = merged
  }
  under('limits', ['limits'])
  const name = value.profile
  if (typeof name === 'string' && Object.hasOwn(profilesOf(defaults), name)) {
    under('share', ['profiles', name, 'share'])
    under('when_restricted', ['profiles', name, 'when_restricted'])
  }
  if (taken.length === 0) return source
  const place = (path: Path, part: 'key' | 'value'): Place => {
    const found = taken.find(({ own }) => own.every((step, index) => path[index] === step))
    if (found === undefined) return source.place(path, part)
    const at = defaults.place([...found.from, ...path.slice(found.own.length)], part)
    return { ...at, file: defaults.file, of: basename(source.file) }
  }
  return { ...source, value, place }
}

/** Reports a profile that a contract names but `defaults.yaml` lacks. */
export function checkProfile(source: Source, defaults: Source | undefined): readonly Problem[] {
  const name = isMap(source.value) ? source.value.profile : undefined
  if (typeof name !== 'string') return []
  const names = Object.keys(defaults === undefined ? {} : profilesOf(defaults)).sort()
  if (names.includes(name)) return []
  const hint = names.length === 0 ? `Write it under profiles in ${DEFAULTS_FILE}.` : didYouMean(name, names)
  return [
    problemAt(source, ['profile'], { found: `not a profile of ${DEFAULTS_FILE}`, allowed: names.join(', '), hint }),
  ]
}

/** True if a contract's text has the same meaning with both texts of `defaults.yaml`. */
export function meansTheSame(text: string, one: string | undefined, other: string | undefined): boolean {
  if (one === other) return true
  return isDeepStrictEqual(resolved(text, one)?.value, resolved(text, other)?.value)
}

/** A contract's text with the values it took from `defaults.yaml` written out; unchanged if there are none. */
export function writtenOut(text: string, defaults: string | undefined): string {
  const whole = resolved(text, defaults)
  if (whole === undefined || !isMap(whole.value)) return text
  const { profile: _, ...value } = whole.value
  return stringify(value, { lineWidth: 0 })
}

function resolved(text: string, defaults: string | undefined): Source | undefined {
  const { source } = parseSource('', text)
  const below = defaults === undefined ? undefined : parseSource(DEFAULTS_FILE, defaults).source
  return source && withDefaults(source, below)
}

/** Undefined if there is nothing to merge. `taken` collects the defaults used. */
function mergedMap(
  own: unknown,
  ownPath: Path,
  given: unknown,
  from: Path,
  taken: Taken[],
): Readonly<Record<string, unknown>> | undefined {
  if (!isMap(given)) return undefined
  if (own === undefined) {
    taken.push({ own: ownPath, from })
    return given
  }
  if (!isMap(own)) return undefined
  const merged: Record<string, unknown> = { ...own }
  for (const [key, value] of Object.entries(given)) {
    const isInner = key === 'share' && ownPath[0] === 'when_restricted'
    const inner = isInner ? mergedMap(own[key], [...ownPath, key], value, [...from, key], taken) : undefined
    if (inner !== undefined) merged[key] = inner
    else if (own[key] === undefined) {
      merged[key] = value
      taken.push({ own: [...ownPath, key], from: [...from, key] })
    }
  }
  return merged
}

function profilesOf({ value }: Source): Readonly<Record<string, unknown>> {
  const profiles = isMap(value) ? value.profiles : undefined
  return isMap(profiles) ? profiles : {}
}

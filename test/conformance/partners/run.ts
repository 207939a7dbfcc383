/** Judges the vectors of a folder, and says what came out. */
import type { Bench } from '../judgement.ts'
import { type Arrival, judgeLanding, type LandedCase } from './landing.ts'
import { type LeakReport, searchForLeaks } from './leaks.ts'
import type { PartnerVector } from './vectors.ts'

export interface PartnersJudged {
  readonly cases: number
  /** Of a partner that a type of ours speaks to. */
  readonly landed: readonly LandedCase[]
  readonly leaks: LeakReport
  /** False with any leak. A value that is missing errs on the careful side: it is counted, and fails nothing. */
  readonly passed: boolean
}

/** @param every 1 searches all cases for leaks, 8 every eighth: a sample for a hurry */
export function judgePartners(vectors: readonly PartnerVector[], bench: Bench, every = 1): PartnersJudged {
  const landed = vectors.flatMap((vector) => judgeLanding(vector, bench) ?? [])
  const leaks = searchForLeaks(
    vectors.filter((_, index) => index % every === 0),
    bench,
  )
  return { cases: vectors.length, landed, leaks, passed: leaks.leaks.length === 0 }
}

export function countOf(landed: readonly LandedCase[], arrival: Arrival): number {
  return landed.reduce((sum, { results }) => sum + results.filter((one) => one.arrival === arrival).length, 0)
}

/** A line a case, a line a leak, and two that count. */
export function linesOf({ cases, landed, leaks }: PartnersJudged): readonly string[] {
  const counts = (one: readonly LandedCase[]): string =>
    (['matched', 'moved', 'refused', 'missing'] as const).map((name) => `${name} ${countOf(one, name)}`).join(', ')
  return [
    ...landed.map((one) => [`landing  ${one.id}  ${one.type}  ${counts([one])}`, ...rulesOf(one)].join('  ')),
    ...leaks.leaks.map(
      ({ id, type, state, form, from, as }) => `LEAK  ${id}  ${type}  ${state}  ${form}  ${from} (${as})`,
    ),
    `partners, granted and consented: ${landed.length} of ${cases} cases have a type, values ${counts(landed)}`,
    `partners, restricted: ${leaks.prepared} preparations, ${leaks.sent} sent, ${leaks.guarded} kept back by the guard, ${leaks.searched} different requests searched; relayed: ${leaks.relayed.prepared} preparations, ${leaks.relayed.sent} sent, ${leaks.relayed.guarded} kept back; leaks ${leaks.leaks.length}`,
  ]
}

/** The rules a case needed, and the places of what is missing. */
function rulesOf({ results, problem }: LandedCase): readonly string[] {
  const rules = new Set(results.filter(({ rule }) => rule !== '').map(({ rule }) => rule))
  const missing = results
    .filter(({ arrival }) => arrival === 'missing')
    .map(({ landing }) => `missing ${landing.from} → ${landing.to}`)
  return [
    ...(problem === '' ? [] : [`not sent: ${problem}`]),
    ...(rules.size === 0 ? [] : [`(${[...rules].join('; ')})`]),
    ...missing,
  ]
}

/** Counts of disclosures, added up over all cells. */
import type { Aggregate } from '../ledger/aggregate.ts'
import type { ControlDeps } from './deps.ts'

/** A group: its keys and counts. */
export interface Counted {
  readonly count: number
  readonly people?: number
  readonly [key: string]: unknown
}

/** `missing`: cells that did not answer. A user whose events moved to another cell counts as a person in each. */
export async function countEverywhere(
  { archive, cells }: Pick<ControlDeps, 'archive' | 'cells'>,
  query: Aggregate,
): Promise<{ readonly groups: readonly Counted[]; readonly missing: readonly string[] }> {
  const [own, others] = await Promise.all([archive.count(query), cells.otherCounts(query)])
  const groups = new Map<string, Counted>()
  // Sound: every group has its count.
  for (const { count, people, ...keys } of [...own, ...others.flatMap(({ answer }) => answer ?? [])] as Counted[]) {
    const name = JSON.stringify(keys)
    const known = groups.get(name)
    groups.set(name, {
      ...keys,
      count: count + (known?.count ?? 0),
      ...(people === undefined ? {} : { people: people + (known?.people ?? 0) }),
    })
  }
  return {
    groups: [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group),
    missing: others.flatMap(({ cell, answer }) => (answer === undefined ? [cell] : [])),
  }
}

/** The funnel of a window: each step with its count, and the remainder. */
import type { AccountingWindow } from '../api/queries.ts'

export interface Funnel {
  readonly received: number
  readonly accepted: number
  readonly rejected: number
  readonly duplicate: number
  /** Pairs of event and partner to settle within the window. */
  readonly pairs: number
  readonly withheld: number
  /** By reason, most frequent first. */
  readonly reasons: readonly (readonly [why: string, count: number])[]
  /** Was sent, or may have been. */
  readonly sent: number
  readonly acknowledged: number
  readonly dead: number
  readonly inDoubt: number
  readonly expired: number
  readonly erased: number
  readonly waits: number
  /** 0 if everything is accounted for. */
  readonly remainder: number
}

export function funnelOf({
  events,
  pairs,
  remainder,
}: Pick<AccountingWindow, 'events' | 'pairs' | 'remainder'>): Funnel {
  const all = Object.values(pairs)
  const sum = (of: (one: (typeof all)[number]) => number | undefined): number =>
    all.reduce((total, one) => total + (of(one) ?? 0), 0)
  const reasons = new Map<string, number>()
  for (const { withheldBy } of all)
    for (const [why, count] of Object.entries(withheldBy)) reasons.set(why, (reasons.get(why) ?? 0) + count)
  const acknowledged = sum(({ settled }) => settled.delivered)
  const dead = sum(({ settled }) => settled.dead)
  const inDoubt = sum(({ settled }) => settled.unresolved)
  return {
    received: events.received,
    accepted: events.accepted,
    rejected: events.rejected,
    duplicate: events.duplicate,
    pairs: sum(({ waitedBefore, routed }) => waitedBefore + routed),
    withheld: sum(({ settled }) => settled.withheld),
    reasons: [...reasons].toSorted(([, a], [, b]) => b - a),
    sent: acknowledged + dead + inDoubt,
    acknowledged,
    dead,
    inDoubt,
    expired: sum(({ settled }) => settled.expired),
    erased: sum(({ settled }) => settled.erased),
    waits: sum(({ waits }) => waits),
    remainder,
  }
}

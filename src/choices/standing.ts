/** Merges the active statements of one subject's identities. The strictest wins. */
import type { StandingChoice } from '../model/choice.ts'
import { NO_STANDING, type Standing } from '../model/event.ts'
import type { Finding } from '../model/signal.ts'
import { restricts } from './finding.ts'
import type { KeptStatement } from './store.ts'

/**
 * All restrictions on any of the identities, once for each finding object (readers return equal findings as one object). An
 * opt-in counts only if it is direct, and only for dimensions that no statement denies, regardless of time. An additional
 * restriction or identity therefore never widens the result.
 */
export function mergeStanding(rows: readonly Pick<KeptStatement, 'finding' | 'direct'>[]): Standing {
  if (rows.length === 0) return NO_STANDING
  let denied = 0
  for (const { finding } of rows) denied |= finding.denies
  const merged = new Set<Finding>()
  for (const { finding, direct } of rows) {
    const permits = direct ? finding.permits & ~denied : 0
    if (permits === 0 && !restricts(finding)) continue
    merged.add(permits === finding.permits ? finding : { ...finding, permits })
  }
  return merged.size === 0 ? NO_STANDING : { findings: [...merged] }
}

/** Each statement once, newest first. A copy along a link has no opt-in. */
export function listStatements(rows: readonly KeptStatement[]): readonly StandingChoice[] {
  const byId = new Map<number, KeptStatement>()
  for (const row of rows) if (row.direct || !byId.has(row.id)) byId.set(row.id, row)
  return [...byId.values()]
    .sort((a, b) => b.at - a.at || b.id - a.id)
    .map(({ finding, direct, channel, saidBy, at }) => ({
      kind: finding.signal,
      denies: finding.denies,
      permits: direct ? finding.permits : 0,
      child: finding.child,
      channel,
      saidBy,
      at,
    }))
}

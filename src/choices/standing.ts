/** Merges what stands on several identities of one subject. The strictest wins. */
import type { StandingChoice } from '../model/choice.ts'
import { NO_STANDING, type Standing } from '../model/event.ts'
import type { Finding } from '../model/signal.ts'
import { restricts } from './finding.ts'
import type { KeptStatement } from './store.ts'

/**
 * Everything that restricts on any of the identities, once for each finding object (readers give equal ones as one). An opt-in counts only where it was said of one of these
 * very identities, and only for dimensions that nothing on any of them denies, whenever that was said: so one more
 * statement that restricts, or one more identity with its denials, never leaves less restricted.
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

/** Each statement once, newest first. What came along a link opts in to nothing. */
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

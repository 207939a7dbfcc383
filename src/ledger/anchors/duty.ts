/** A ledger that takes no INTENT while the operator's bound on unanchored records is exceeded: so nothing is sent. */
import { GatewayError } from '../../model/errors.ts'
import type { Ledger } from '../ports.ts'

const WHY = 'anchor_overdue'

/** @param overdue see `Anchoring` */
export function underAnchorDuty<Kind extends Ledger>(ledger: Kind, overdue: () => boolean): Ledger {
  return {
    append: (records) =>
      overdue() && records.some(({ kind }) => kind === 'intent')
        ? Promise.reject(new GatewayError('ERR_LEDGER_UNAVAILABLE', { why: WHY }))
        : ledger.append(records),
    size: () => ledger.size(),
    histories: (from) => ledger.histories(from),
    health: () => {
      const health = ledger.health()
      return health.writable && overdue() ? { ...health, writable: false, why: WHY } : health
    },
    close: () => ledger.close(),
  }
}

/** A ledger that takes no INTENT while the operator's bound on unanchored records is exceeded: so nothing is sent. */
import { GatewayError } from '../../model/errors.ts'
import type { Ledger } from '../ports.ts'
import { wrapLedger } from '../wrapped.ts'

const WHY = 'anchor_overdue'

/** @param overdue see `Anchoring` */
export function underAnchorDuty(ledger: Ledger, overdue: () => boolean): Ledger {
  return wrapLedger(ledger, {
    append: (records) =>
      overdue() && records.some(({ kind }) => kind === 'intent')
        ? Promise.reject(new GatewayError('ERR_LEDGER_UNAVAILABLE', { why: WHY }))
        : ledger.append(records),
    health: () => {
      const health = ledger.health()
      return health.writable && overdue() ? { ...health, writable: false, why: WHY } : health
    },
  })
}

/** Wrappers that change what a ledger's `append` does. */
import { GatewayError } from '../model/errors.ts'
import type { UnderWay } from '../observe/under-way.ts'
import type { Ledger } from './ports.ts'

const OVERDUE = 'anchor_overdue'

/** `ledger` with some methods replaced. It delegates one by one, because a spread copies no methods of a class. */
export function wrapLedger(ledger: Ledger, replaced: Partial<Ledger>): Ledger {
  return {
    append: (records) => ledger.append(records),
    size: () => ledger.size(),
    histories: (from) => ledger.histories(from),
    health: () => ledger.health(),
    close: () => ledger.close(),
    ...replaced,
  }
}

/** Counts appends that are not durable yet in `waiting`. */
export function observeAppends(ledger: Ledger, waiting: UnderWay): Ledger {
  return wrapLedger(ledger, {
    append: (records) => {
      const end = waiting.begin()
      return ledger.append(records).finally(end)
    },
  })
}

/** Refuses INTENTs, and so all sending, while `overdue`: the operator's bound on unanchored records is exceeded. */
export function requireAnchored(ledger: Ledger, overdue: () => boolean): Ledger {
  return wrapLedger(ledger, {
    append: (records) =>
      overdue() && records.some(({ kind }) => kind === 'intent')
        ? Promise.reject(new GatewayError('ERR_LEDGER_UNAVAILABLE', { why: OVERDUE }))
        : ledger.append(records),
    health: () => {
      const health = ledger.health()
      return health.writable && overdue() ? { ...health, writable: false, why: OVERDUE } : health
    },
  })
}

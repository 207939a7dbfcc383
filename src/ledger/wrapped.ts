import type { UnderWay } from '../observe/under-way.ts'
import type { Ledger } from './ports.ts'

/** A ledger with `other` in place of its own methods. Any ledger will do: of a class's instance a spread has none. */
export function wrapLedger(ledger: Ledger, other: Partial<Ledger>): Ledger {
  return {
    append: (records) => ledger.append(records),
    size: () => ledger.size(),
    histories: (from) => ledger.histories(from),
    health: () => ledger.health(),
    close: () => ledger.close(),
    ...other,
  }
}

/** Appends that are not durable yet are `waiting`. */
export function observedLedger(ledger: Ledger, waiting: UnderWay): Ledger {
  const append: Ledger['append'] = async (records) => {
    const end = waiting.begin()
    try {
      return await ledger.append(records)
    } finally {
      end()
    }
  }
  return wrapLedger(ledger, { append })
}

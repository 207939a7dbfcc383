/**
 * After a restart, pairs that were under way come out of the intake again. What the ledger knows of them decides:
 * nothing that is known to have been sent is sent twice, and nothing decided is decided again.
 */
import type { Intake, PulledEvent, Settle } from '../intake/ports.ts'
import type { Ledger, PairHistory } from '../ledger/ports.ts'
import type { PartnerId } from '../model/brand.ts'
import { nextAfter, type Try } from './settling.ts'

export interface Reconciler {
  /** The settlement that the ledger already implies for a pair, once; undefined when it must be prepared. */
  settlementOf(
    partner: PartnerId,
    pulled: PulledEvent,
    tried: Pick<Try, 'maxAttempts' | 'deduplicates' | 'now' | 'random'>,
  ): Settle | undefined
}

export async function createReconciler(
  intake: Intake,
  ledger: Ledger,
  partners: readonly PartnerId[],
): Promise<Reconciler> {
  const marks = await Promise.all(partners.map((partner) => intake.resumeFrom(partner)))
  const from = Math.min(ledger.size(), ...marks)
  const histories = new Map<string, PairHistory>()
  for (const history of await ledger.histories(from)) histories.set(`${history.partner}\0${history.eventRef}`, history)
  return {
    settlementOf: (partner, { position, event, attempt }, tried) => {
      const key = `${partner}\0${event.eventRef}`
      const history = histories.get(key)
      if (history === undefined) return undefined
      histories.delete(key)
      if (history.withheld !== undefined) {
        return { position, end: { state: 'withheld', why: history.withheld } }
      }
      if (history.outcome === undefined || history.attempt < attempt) return undefined
      const next = nextAfter(history.outcome, { ...tried, position, attempt: history.attempt })
      if (next.kind === 'again') return undefined
      return next.settle
    },
  }
}

/**
 * After a restart, pairs that were under way come out of the intake again. What the ledger knows of them decides:
 * nothing that is known to have been sent is sent twice, and nothing decided is decided again.
 */
import { pairRefOf } from '../flow/pair-ref.ts'
import type { Intake, PulledEvent, Settle } from '../intake/ports.ts'
import type { Ledger, PairHistory } from '../ledger/ports.ts'
import type { PartnerId } from '../model/brand.ts'
import { nextAfter, type Try } from './settling.ts'

export interface Reconciler {
  /** To be told of every round that the intake gave out. */
  came(partner: PartnerId, round: readonly PulledEvent[]): void
  /**
   * How much of a ledger of `size` a settlement may call reflected, as far as it is up to what waited at the start: until
   * all of that has come again, no more than before the start. A second crash must find what the first one left.
   */
  reflected(partner: PartnerId, size: number): number
  /** The settlement that the ledger already implies for a pair, once; undefined when it must be prepared. */
  settlementOf(
    partner: PartnerId,
    pulled: PulledEvent,
    tried: Pick<Try, 'maxAttempts' | 'deduplicates' | 'waits' | 'now' | 'random'>,
  ): Settle | undefined
}

/** What waited for a partner at the start and has not come again yet. */
interface CatchingUp {
  readonly reflected: number
  readonly waited: number
  /** Pairs that came on their first try: each comes so once, and on later ones often. */
  came: number
}

/** MUST be awaited before anything is appended to the intake or pulled from it. */
export async function createReconciler(intake: Intake, ledger: Ledger): Promise<Reconciler> {
  const { pairs } = await intake.totals()
  const catchingUp = new Map<PartnerId, CatchingUp>()
  for (const [id, { pending }] of Object.entries(pairs)) {
    const partner = id as PartnerId
    if (pending === 0) continue
    catchingUp.set(partner, { reflected: await intake.resumeFrom(partner), waited: pending, came: 0 })
  }
  const from = Math.min(ledger.size(), ...[...catchingUp.values()].map(({ reflected }) => reflected))
  const histories = new Map<string, PairHistory>()
  for (const history of await ledger.histories(from)) histories.set(`${history.partner}\0${history.eventRef}`, history)
  return {
    came: (partner, round) => {
      const behind = catchingUp.get(partner)
      if (behind === undefined) return
      behind.came += round.filter(({ attempt }) => attempt === 1).length
      // The oldest come first: when as many have come as waited at the start, none of those is missing.
      if (behind.came >= behind.waited) catchingUp.delete(partner)
    },
    reflected: (partner, size) => Math.min(size, catchingUp.get(partner)?.reflected ?? size),
    settlementOf: (partner, { position, event, attempt }, tried) => {
      // Long after a start there is none, and its key need not be worked out.
      if (histories.size === 0) return undefined
      const key = `${partner}\0${pairRefOf(event.eventRef, partner)}`
      const history = histories.get(key)
      if (history === undefined) return undefined
      histories.delete(key)
      if (history.withheld !== undefined) {
        const why = history.withheld
        return { position, end: why === 'erased' ? { state: 'erased', why: '' } : { state: 'withheld', why } }
      }
      if (history.outcome === undefined || history.attempt < attempt) return undefined
      const next = nextAfter(history.outcome, { ...tried, position, attempt: history.attempt })
      if (next.kind === 'again') return undefined
      return next.settle
    },
  }
}

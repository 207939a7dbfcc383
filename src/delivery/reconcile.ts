/**
 * After a restart the intake hands out pairs in flight again. What the ledger records of them decides: nothing that may
 * have been sent is sent again, and nothing decided is decided again.
 */
import { pairRefOf } from '../flow/pair-ref.ts'
import type { Intake, PulledEvent, Settle } from '../intake/ports.ts'
import type { Ledger, PairHistory } from '../ledger/ports.ts'
import type { PartnerId } from '../model/brand.ts'
import { nextAfter, type Try } from './settling.ts'

export interface Reconciler {
  /** Call with every round that the intake returned. */
  came(partner: PartnerId, round: readonly PulledEvent[]): void
  /**
   * How much of a ledger of `size` a settlement may mark as reflected. Until everything pending at the start has been
   * pulled again, only as much as before the start: a second crash must find what the first one left.
   */
  reflected(partner: PartnerId, size: number): number
  /** The ledger's open records of an ended thread's pairs, which other threads now receive. */
  learn(histories: readonly PairHistory[]): void
  /** The settlement that the ledger already implies for a pair, returned once; undefined if it must be prepared. */
  settlementOf(
    partner: PartnerId,
    pulled: PulledEvent,
    tried: Pick<Try, 'maxAttempts' | 'deduplicates' | 'waits' | 'now' | 'random'>,
  ): Settle | undefined
}

/** What a start finds: plain data, so that each data thread can have it. */
export interface CatchUp {
  /**
   * Pairs pending for a partner at the start, and how much of the ledger was reflected then. `came` counts those pulled
   * since.
   */
  readonly behind: readonly { readonly partner: PartnerId; readonly reflected: number; readonly waited: number }[]
  /** In the order of `behind`: pairs pulled on their first attempt, by any thread. Each counts once. */
  readonly came: Int32Array<SharedArrayBuffer>
  readonly histories: readonly PairHistory[]
}

/** MUST be awaited before anything is appended to or pulled from the intake. */
export async function readCatchUp(intake: Intake, ledger: Ledger): Promise<CatchUp> {
  const { pairs } = await intake.totals()
  const behind: CatchUp['behind'][number][] = []
  for (const [id, { pending }] of Object.entries(pairs)) {
    const partner = id as PartnerId
    if (pending > 0) behind.push({ partner, reflected: await intake.resumeFrom(partner), waited: pending })
  }
  const from = Math.min(ledger.size(), ...behind.map(({ reflected }) => reflected))
  const came = new Int32Array(new SharedArrayBuffer(behind.length * Int32Array.BYTES_PER_ELEMENT))
  return { behind, came, histories: await ledger.histories(from) }
}

export function createReconciler({ behind, came, histories: found }: CatchUp): Reconciler {
  const catchingUp = new Map(behind.map((one, index) => [one.partner, { ...one, index }]))
  const histories = new Map<string, PairHistory>()
  const learn: Reconciler['learn'] = (more) => {
    for (const history of more) histories.set(`${history.partner}\0${history.eventRef}`, history)
  }
  learn(found)
  return {
    learn,
    came: (partner, round) => {
      const one = catchingUp.get(partner)
      if (one === undefined) return
      const first = round.filter(({ attempt }) => attempt === 1).length
      // The oldest come first: once as many were pulled as were pending at the start, none of those is missing.
      if (Atomics.add(came, one.index, first) + first >= one.waited) catchingUp.delete(partner)
    },
    reflected: (partner, size) => Math.min(size, catchingUp.get(partner)?.reflected ?? size),
    settlementOf: (partner, { position, event, attempt }, tried) => {
      // Long after a start there is none, which saves deriving the key.
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

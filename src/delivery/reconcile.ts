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
  /** What a thread that has ended left on record of its pairs: others are given them now. */
  learn(histories: readonly PairHistory[]): void
  /** The settlement that the ledger already implies for a pair, once; undefined when it must be prepared. */
  settlementOf(
    partner: PartnerId,
    pulled: PulledEvent,
    tried: Pick<Try, 'maxAttempts' | 'deduplicates' | 'waits' | 'now' | 'random'>,
  ): Settle | undefined
}

/** What a start finds: plain data, so that each data thread can be given it. */
export interface CatchUp {
  /** What waited for a partner, and how much of the ledger was reflected then. Its pairs that have come are counted in `came`. */
  readonly behind: readonly { readonly partner: PartnerId; readonly reflected: number; readonly waited: number }[]
  /** In the order of `behind`: pairs that came on their first try, to whichever thread: each comes so once, and on later ones often. */
  readonly came: Int32Array<SharedArrayBuffer>
  readonly histories: readonly PairHistory[]
}

/** MUST be awaited before anything is appended to the intake or pulled from it. */
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
      // The oldest come first: when as many have come as waited at the start, none of those is missing.
      if (Atomics.add(came, one.index, first) + first >= one.waited) catchingUp.delete(partner)
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

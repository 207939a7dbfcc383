/** Legal holds of a cluster: one that is placed at a cell protects the records of every cell. */
import type { SharedHolds } from '../cluster/shared-settings.ts'
import type { LedgerRetention } from '../ledger/ports.ts'
import { GatewayError } from '../model/errors.ts'
import { createInTurn } from '../platform/in-turn.ts'
import { ELSEWHERE } from './follow-settings.ts'

export interface JoinedHolds extends Pick<LedgerRetention, 'hold' | 'release'> {
  /** Takes over what was decided at other cells. Rejects if that cannot be read; then nothing may be pruned. */
  takeIn(): Promise<void>
}

/**
 * @param own of this cell's ledger, which pruning asks
 * @param shared undefined where there is one cell alone
 */
export function joinHolds(
  own: Pick<LedgerRetention, 'holds' | 'hold' | 'release'>,
  shared: SharedHolds | undefined,
  record: (action: string, facts: Readonly<Record<string, string | number>>) => Promise<void>,
): JoinedHolds {
  if (shared === undefined) return { hold: own.hold, release: own.release, takeIn: async () => undefined }
  const inTurn = createInTurn()
  const takeIn = async (): Promise<void> => {
    const decided = new Map((await shared.all()).map((one) => [one.hold.id, one]))
    const known = await own.holds()
    // Placed before there was a cluster, or while its database did not answer.
    for (const hold of known) if (!decided.has(hold.id) && hold.first === undefined) await shared.keep(hold, false)
    const ids = new Set(known.map(({ id }) => id))
    for (const { hold, released } of decided.values()) {
      const { id, from = 0, to = 0 } = hold
      if (released !== ids.has(id)) continue
      if (released) await own.release(id)
      else await own.hold(hold)
      const facts = { hold: id, ...(released ? {} : { from, to }), ...ELSEWHERE }
      await record(released ? 'legal_hold_released' : 'legal_hold', facts)
    }
  }
  return {
    hold: async (hold) => {
      if (hold.first !== undefined) throw new GatewayError('ERR_REQUEST_INVALID', { problems: [ONE_LEDGER] })
      await own.hold(hold)
      await shared.keep(hold, false)
      await shared.everywhere()
    },
    release: async (id) => {
      const known = await inTurn(async () => {
        const hold = (await own.holds()).find((one) => one.id === id)
        if (hold !== undefined && hold.first === undefined) await shared.keep(hold, true)
        return own.release(id)
      })
      await shared.everywhere()
      return known
    },
    takeIn: () => inTurn(takeIn),
  }
}

const ONE_LEDGER = {
  ...{ in: 'body', path: 'first', found: 'a segment of one cell’s ledger' },
  allowed: 'from and to, which hold in every cell',
}

/** One lane's pairs: pulled and unsettled, requeued, or settled but unconfirmed. */
import type { Intake, PulledEvent, Settle } from '../intake/ports.ts'
import type { PartnerId, Position } from '../model/brand.ts'
import type { Reconciler } from './reconcile.ts'

export interface Holding {
  /**
   * Requeued and due pairs, up to `max`. If fewer than `wanted` are ready, waits for more once. If the intake fails,
   * pairs already gathered are requeued.
   */
  gather(max: number, wanted: number, lingerMs: number): Promise<readonly PulledEvent[]>
  /** Nothing was sent of these: they come next. */
  requeue(pulled: readonly PulledEvent[]): void
  /** Settles each separately, so that a bad record affects no other. */
  retryAlone(position: Position): void
  mustGoAlone(position: Position): boolean
  /** `settleUnsettled` repeats settlements that the intake did not confirm. */
  settle(settles: readonly Settle[]): Promise<void>
  settleLater(settles: readonly Settle[]): void
  settleUnsettled(): Promise<void>
  /** Ends a wait for more early. */
  stopLingering(): void
}

export interface HoldingDeps {
  readonly intake: Intake
  readonly reconciler: Reconciler
  readonly ledgerSize: () => number
}

export function createHolding(partner: PartnerId, { intake, reconciler, ledgerSize }: HoldingDeps): Holding {
  /** Positions in flight → ledger size when they were pulled, in pull order. */
  const underWay = new Map<Position, number>()
  const requeued: PulledEvent[] = []
  const alone = new Set<Position>()
  const unsettled: Settle[] = []
  let stopLingering = (): void => {}

  const pull = async (max: number): Promise<readonly PulledEvent[]> => {
    if (max === 0) return []
    const round = await intake.pull(partner, max, ledgerSize())
    const reflected = reconciler.reflected(partner, ledgerSize())
    for (const { position } of round) if (!underWay.has(position)) underWay.set(position, reflected)
    reconciler.came(partner, round)
    return round
  }
  const linger = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const ended = setTimeout(resolve, ms)
      stopLingering = () => {
        clearTimeout(ended)
        resolve()
      }
    })
  const settle = async (settles: readonly Settle[]): Promise<void> => {
    if (settles.length === 0) return
    const settling = new Set(settles.map(({ position }) => position))
    const oldest = underWay.entries().find(([position]) => !settling.has(position))?.[1]
    try {
      await intake.settle(partner, settles, reconciler.reflected(partner, oldest ?? ledgerSize()))
    } catch (error) {
      unsettled.push(...settles)
      throw error
    }
    for (const position of settling) {
      underWay.delete(position)
      alone.delete(position)
    }
  }

  return {
    gather: async (max, wanted, lingerMs) => {
      const pulled = requeued.splice(0, max)
      try {
        pulled.push(...(await pull(max - pulled.length)))
        if (pulled.length > 0 && pulled.length < Math.min(wanted, max) && lingerMs > 0) {
          await linger(lingerMs)
          pulled.push(...(await pull(max - pulled.length)))
        }
      } catch (error) {
        requeued.unshift(...pulled)
        throw error
      }
      return pulled
    },
    requeue: (pulled) => void requeued.push(...pulled),
    retryAlone: (position) => void alone.add(position),
    mustGoAlone: (position) => alone.has(position),
    settle,
    settleLater: (settles) => void unsettled.push(...settles),
    settleUnsettled: () => settle(unsettled.splice(0)),
    stopLingering: () => stopLingering(),
  }
}

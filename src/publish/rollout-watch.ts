/**
 * Watches a staged widening and ends it automatically: if the partner rejects what the share sends, if items become much larger,
 * or at the first guard hit. Ending it only narrows, so it needs no approval.
 */
import type { PartnerId } from '../model/brand.ts'
import type { ContractPlan } from '../model/contract.ts'
import type { Outcome } from '../model/disclosure.ts'

/** Minimum items of the share: fewer are not significant. */
export const MIN_ITEMS = 50
/** Failure rate of the share at which a rollout ends, unless the rate outside it is nearly as high. */
export const MAX_ERROR_RATE = 0.1
/** Failure rate relative to that outside the share. */
const MAX_ERROR_FACTOR = 2
/** Average item size relative to that outside the share. */
export const MAX_SIZE_FACTOR = 2

export const ROLLOUT_STOPS = ['error_rate', 'item_size', 'guard_hit'] as const
export type RolloutStop = (typeof ROLLOUT_STOPS)[number]

export interface RolloutWatch {
  /** One attempt to deliver an item, with its outcome. */
  ended(partner: PartnerId, outcome: Outcome, item: { readonly bytes: number; readonly isStaged: boolean }): void
  guardHit(partner: PartnerId, isStaged: boolean): void
}

export interface RolloutWatchDeps {
  readonly contractOf: (partner: PartnerId) => ContractPlan | undefined
  /** Called once per set of terms; the caller awaits what it starts. */
  readonly stop: (partner: PartnerId, why: RolloutStop) => void
}

interface Group {
  items: number
  failed: number
  bytes: number
}
interface Counts {
  readonly contract: ContractPlan
  readonly staged: Group
  readonly others: Group
  stopped: boolean
}

/** Restarts counting with every revision that changes the partner's contract. Partners without staged terms cost one look-up. */
export function createRolloutWatch({ contractOf, stop }: RolloutWatchDeps): RolloutWatch {
  const byPartner = new Map<PartnerId, Counts>()
  const countsOf = (partner: PartnerId): Counts | undefined => {
    const contract = contractOf(partner)
    if (contract === undefined || !isInRollout(contract)) {
      byPartner.delete(partner)
      return undefined
    }
    const known = byPartner.get(partner)
    if (known?.contract === contract) return known
    const counts: Counts = { contract, staged: emptyGroup(), others: emptyGroup(), stopped: false }
    byPartner.set(partner, counts)
    return counts
  }
  const end = (partner: PartnerId, counts: Counts, why: RolloutStop): void => {
    if (counts.stopped) return
    counts.stopped = true
    stop(partner, why)
  }
  return {
    ended: (partner, outcome, { bytes, isStaged }) => {
      const counts = countsOf(partner)
      if (counts === undefined) return
      const group = isStaged ? counts.staged : counts.others
      group.items++
      group.bytes += bytes
      if (countsAsFailure(outcome)) group.failed++
      const why = whyToStop(counts)
      if (why !== undefined) end(partner, counts, why)
    },
    guardHit: (partner, isStaged) => {
      const counts = isStaged ? countsOf(partner) : undefined
      if (counts !== undefined) end(partner, counts, 'guard_hit')
    },
  }
}

/** Whether some subjects have wider terms than the others: only then there is anything to watch. */
export function isInRollout({ bounds }: ContractPlan): boolean {
  return bounds?.some(({ when }) => when.kind === 'outside') === true
}

function emptyGroup(): Group {
  return { items: 0, failed: 0, bytes: 0 }
}

/** Rejected by the partner, or possibly not received. A choice that intervened says nothing about the terms. */
function countsAsFailure({ kind }: Outcome): boolean {
  return kind === 'refused' || kind === 'unknown_after_write' || kind === 'failed_before_write'
}

function whyToStop({ staged, others }: Counts): RolloutStop | undefined {
  if (staged.items < MIN_ITEMS) return undefined
  const [rate, usual] = [staged.failed / staged.items, others.items === 0 ? 0 : others.failed / others.items]
  if (rate >= MAX_ERROR_RATE && rate >= usual * MAX_ERROR_FACTOR) return 'error_rate'
  if (others.items < MIN_ITEMS) return undefined
  return staged.bytes / staged.items > (others.bytes / others.items) * MAX_SIZE_FACTOR ? 'item_size' : undefined
}

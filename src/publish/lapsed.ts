/**
 * Lapsed grants that the files still contain. A file states a grant without its end, so reading it again after the lapse would
 * request the grant permanently. Lapsed grants are not requested again, but reported (`drift.ts`).
 */
import { canonicalJson } from '../contracts/canonical.ts'
import type { Plans } from '../contracts/config.ts'
import type { EpochMs, Revision } from '../model/brand.ts'
import type { ContractPlan, RevisionPlan } from '../model/contract.ts'
import { RevisionDamaged } from './revision-files.ts'

/** Publication of a revision that drops lapsed grants. */
export const LAPSE = { author: 'gateway', message: 'a grant lapsed' } as const
/** Revisions searched backwards for each contract. */
const MAX_BACK = 500

export interface Lapsed {
  /** Time of the lapse. */
  readonly at: EpochMs
  /** True if the file equals the lapsed contract; false if it was changed since, and may still contain the grant. */
  readonly isSame: boolean
}

/** Partner → the last lapse of its contract, unless the contract changed otherwise since. */
export function lapsedGrants(
  wanted: Plans,
  live: RevisionPlan,
  at: (revision: Revision) => RevisionPlan | undefined,
): ReadonlyMap<string, Lapsed> {
  const found = new Map<string, Lapsed>()
  for (const contract of wanted.contracts) {
    const { id } = contract
    if (textOf(contract) === textOf(contractOf(live, id))) continue
    const lapse = lapseOf(id, live, at)
    if (lapse !== undefined) found.set(id, { at: lapse.at, isSame: textOf(lapse.contract) === textOf(contract) })
  }
  return found
}

/** `wanted`, with the live contract wherever it would only request a lapsed grant again. */
export function withoutAsking(wanted: Plans, live: Plans, lapsed: ReadonlyMap<string, Lapsed>): Plans {
  const contracts = wanted.contracts.flatMap((contract) => {
    if (lapsed.get(contract.id)?.isSame !== true) return [contract]
    const now = contractOf(live, contract.id)
    return now === undefined ? [] : [now]
  })
  return { ...wanted, contracts }
}

function lapseOf(id: string, live: RevisionPlan, at: (revision: Revision) => RevisionPlan | undefined) {
  let plan = live
  for (let back = 0; back < MAX_BACK; back++) {
    const before = parentOf(plan, at)
    if (before === undefined) return undefined
    const contract = contractOf(before, id)
    const { author, message } = plan.publication
    if (textOf(contract) !== textOf(contractOf(plan, id))) {
      const isLapse = author === LAPSE.author && message === LAPSE.message && contract !== undefined
      return isLapse ? { at: endOf(contract, plan.activatedAt), contract } : undefined
    }
    plan = before
  }
  return undefined
}

/** A damaged revision is skipped here; the next start reports it. */
function parentOf(
  { publication }: RevisionPlan,
  at: (revision: Revision) => RevisionPlan | undefined,
): RevisionPlan | undefined {
  try {
    // Sound: 0, for the first, was never published.
    return at(publication.parent as Revision)
  } catch (error) {
    if (error instanceof RevisionDamaged) return undefined
    throw error
  }
}

function endOf({ bounds = [] }: ContractPlan, activatedAt: EpochMs): EpochMs {
  const ends = bounds.flatMap(({ when }) => (when.kind === 'from' && when.at <= activatedAt ? [when.at] : []))
  return ends.length === 0 ? activatedAt : Math.max(...ends)
}

function contractOf({ contracts }: Pick<Plans, 'contracts'>, id: string): ContractPlan | undefined {
  return contracts.find((contract) => contract.id === id)
}

/** As a file would contain it: files have no bounds. */
function textOf(contract: ContractPlan | undefined): string {
  if (contract === undefined) return ''
  const { bounds: _, ...rest } = contract
  return canonicalJson(rest)
}

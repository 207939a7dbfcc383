/**
 * Grants that lapsed and that the files still hold. A file says what it gives, not until when: read again after the end, it
 * would ask for the same for good. What was granted and has lapsed is not asked for again; it is told (`drift.ts`).
 */
import { canonicalJson } from '../contracts/canonical.ts'
import type { Plans } from '../contracts/config.ts'
import type { EpochMs, Revision } from '../model/brand.ts'
import type { ContractPlan, RevisionPlan } from '../model/contract.ts'
import { RevisionDamaged } from './revision-files.ts'

/** How the gateway signs the revision that takes out what has lapsed. */
export const LAPSE = { author: 'gateway', message: 'a grant lapsed' } as const
/** Revisions looked back at for each contract. */
const MAX_BACK = 500

export interface Lapsed {
  /** When it lapsed. */
  readonly at: EpochMs
  /** True where the file is just what lapsed; false where it has been changed since, and may hold it still. */
  readonly isSame: boolean
}

/** Partner → the last lapse of its contract, as long as nothing else changed the contract since. */
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

/** `wanted` with the live contract where it would ask for just what has lapsed. */
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

/** A damaged one says nothing; what it is, a start tells. */
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

/** As a file would say it: bounds are in no file. */
function textOf(contract: ContractPlan | undefined): string {
  if (contract === undefined) return ''
  const { bounds: _, ...rest } = contract
  return canonicalJson(rest)
}

/** Differences between the files and the live revision, piece by piece, with the reason. */
import { canonicalJson } from '../contracts/canonical.ts'
import type { Plans } from '../contracts/config.ts'
import { stageOf } from '../diff/terms-in-words.ts'
import type { EpochMs } from '../model/brand.ts'
import type { ContractPlan } from '../model/contract.ts'
import type { Lapsed } from './lapsed.ts'
import { fileOfPartner } from './texts.ts'

/** `waits` for approval; `turned_down`; `lapsed`; `staged` for a share or a time; `not_saved`; otherwise `differs`. */
export const DRIFTS = ['waits', 'turned_down', 'lapsed', 'staged', 'not_saved', 'differs'] as const
export type DriftReason = (typeof DRIFTS)[number]

export interface Drift {
  readonly file: string
  readonly why: DriftReason
  /** For a staged grant: its share of subjects, in percent. */
  readonly percent?: number
  /** End of a staged or lapsed grant. */
  readonly until?: EpochMs
}

export interface DriftFacts {
  readonly waits: boolean
  readonly turnedDown: boolean
  readonly lapsed: ReadonlyMap<string, Lapsed>
  /** Files that could not be written. */
  readonly unsaved: readonly string[]
}

/** @param files the last valid content of the folder; files that could not be written count as written */
export function driftOf(
  files: Plans,
  live: Plans,
  { waits, turnedDown, lapsed, unsaved }: DriftFacts,
): readonly Drift[] {
  const plain: DriftReason = waits ? 'waits' : turnedDown ? 'turned_down' : 'differs'
  const pieces: Drift[] = []
  if (differ(files.policy, live.policy)) pieces.push({ file: 'policy.yaml', why: plain })
  if (differ(files.apps, live.apps)) pieces.push({ file: 'apps.yaml', why: plain })
  for (const id of new Set([...files.contracts, ...live.contracts].map((contract) => contract.id as string))) {
    const [own, now] = [files, live].map(({ contracts }) => contracts.find((contract) => contract.id === id))
    const file = fileOfPartner(id)
    const gone = lapsed.get(id)
    if (differ(unbound(own), unbound(now)))
      pieces.push(gone?.isSame === true ? { file, why: 'lapsed', until: gone.at } : { file, why: plain })
    else if (now?.bounds !== undefined) pieces.push(stagedPiece(file, now, plain))
  }
  return [...unsaved.map((file): Drift => ({ file, why: 'not_saved' })), ...pieces]
}

function stagedPiece(file: string, contract: ContractPlan, plain: DriftReason): Drift {
  const stage = stageOf(contract)
  return Object.keys(stage).length === 0 ? { file, why: plain } : { file, why: 'staged', ...stage }
}

function unbound(contract: ContractPlan | undefined): unknown {
  if (contract === undefined) return undefined
  const { bounds: _, ...rest } = contract
  return rest
}

function differ(one: unknown, other: unknown): boolean {
  return canonicalJson([one]) !== canonicalJson([other])
}

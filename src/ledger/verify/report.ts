/** The verifier's findings, by name, and its report. */
import type { KINDS, LATER } from './words.ts'

export const PROBLEMS = {
  leaf_altered: 'A record is not the bytes that were recorded.',
  hash_altered: "A record's stored hash was changed; the record itself is what the tree holds.",
  leaf_malformed: 'A record is not a leaf of any known version.',
  leaf_missing: 'A record is gone from among the others.',
  leaf_extra: 'A record stands where none was recorded.',
  out_of_order: 'A record stands in another place than it was recorded in.',
  truncated: 'The newest records of a segment are gone.',
  head_altered: 'The root kept with a commit was changed; the records are what the tree holds.',
  root_mismatch: 'The records of a commit lead to another root than was kept with it.',
  range_mismatch: 'A segment begins from another tree than the one before it ends with.',
  segment_missing: 'A segment file is gone.',
  segment_misplaced: 'A segment file stands where another belongs.',
  segment_unreadable: 'A segment file is not a readable database.',
  node_altered: 'A kept root of the tiles’ upper levels was changed; the records are what the tree holds.',
  node_missing: 'A root of the tiles’ upper levels is not kept.',
  node_extra: 'A root is kept for records that the segment does not complete.',
  index_altered: 'The index of a segment says other than its records.',
  index_unreadable: 'An index file is not a readable database.',
  kept_altered: 'A hash that is kept of pruned records was changed.',
  kept_missing: 'A hash that should be kept of pruned records is gone.',
  kept_unreadable: 'The file with the hashes of pruned records is not a readable database.',
  wrong_size: 'A file is longer than the database in it, or ends within a page.',
  mark_altered: 'Where a start would begin to read was changed.',
  checkpoint_outdated: 'The newest checkpoint beside the segments is gone, or older than theirs.',
  checkpoint_signature: 'A checkpoint is malformed, or its signature is not of its text.',
  checkpoint_key_unknown: 'A checkpoint is signed by no trusted key.',
  trust_malformed: 'The folder’s own trust file is not a list of verifier keys.',
  checkpoint_mismatch: 'A signed checkpoint speaks of other records than these.',
  unsigned: 'Records are under no signed checkpoint although they should be.',
  rolled_back:
    'A checkpoint was made of a larger ledger than this: an older state was put back, or the end was cut off.',
  forked: 'A checkpoint that you gave speaks of another history.',
  intent_repeated: 'An INTENT was recorded twice before an OUTCOME.',
  intent_open: 'An INTENT has no OUTCOME although the ledger was closed in order.',
  outcome_without_intent: 'An OUTCOME has no INTENT before it.',
  outcome_repeated: 'An INTENT has a second OUTCOME.',
  outcome_mismatch: 'An OUTCOME names another event, partner or attempt than its INTENT.',
  intent_overdue: 'An INTENT has been without an OUTCOME for too long.',
  forbidden_field: 'An INTENT passes a field that may not leave under its own verdict.',
  reason_missing: 'An INTENT says that nothing restricts it, and its own verdict does.',
  revision_unknown: 'An INTENT names a revision that no record announces.',
  revision_mismatch: 'A revision has two digests.',
  revision_not_active: 'An INTENT was decided under a revision after another had taken its place.',
  epoch_wrong: 'An INTENT’s key and blind cannot belong together, or to its time.',
  attempt_repeated: 'An event’s attempts at a partner do not ascend.',
  prune_unrecorded: 'Records are gone, and no CONTROL says that they were pruned.',
  roster_malformed: 'A record of a roster does not say what it has to.',
  roster_contradicts: 'Records of a roster do not follow from each other.',
  roster_mismatch: 'A cell’s ledger has other records than the roster saw there.',
  cell_missing: 'A cell that is open on the roster does not show its ledger.',
  cell_unknown: 'A ledger was given that is on no roster, or twice.',
  cell_unseen: 'A cell recorded what the roster did not see for long.',
  cell_continued: 'A cell recorded disclosures after its ledger was closed.',
  intent_in_two_cells: 'An INTENT is in the ledgers of two cells.',
} as const
export type ProblemName = keyof typeof PROBLEMS

export interface Problem {
  readonly name: ProblemName
  /** The first record concerned. */
  readonly seq?: number
  /** One sentence about this case. */
  readonly says: string
}

type KindName = Exclude<(typeof KINDS)[number], ''> | typeof LATER.name
/** The five basic kinds are always present, the others only if counted. */
export type RecordCounts = Record<'intent' | 'outcome' | 'withheld' | 'control' | 'request', number> & {
  [Kind in KindName]?: number
}

export function noRecords(): RecordCounts {
  return { intent: 0, outcome: 0, withheld: 0, control: 0, request: 0 }
}

export interface VerifyReport {
  /** Records read. */
  readonly size: number
  /** Root of their tree, hex. */
  readonly root: string
  /** True if nothing was found. */
  readonly verified: boolean
  /** The first 1,000, in the order found. */
  readonly problems: readonly Problem[]
  /** Number of all findings. */
  readonly problemCount: number
  readonly records: Readonly<RecordCounts>
  /** INTENTs without OUTCOME: in flight, or resolved at the next start. */
  readonly openIntents: number
  readonly segments: number
  /** Checkpoints with a valid signature. */
  readonly checkpoints: number
  /** Records covered by the newest valid checkpoint. */
  readonly signedSize: number
  /** The lowest kept record; earlier ones were pruned. */
  readonly lowest: number
  /** Given checkpoints older than the lowest record; `sluice ledger verify` checks those. */
  readonly olderCheckpoints: number
}

const MOST_PROBLEMS = 1_000

export class Findings {
  readonly problems: Problem[] = []
  count = 0
  add(name: ProblemName, seq: number | undefined, says: string): void {
    this.count++
    if (this.problems.length < MOST_PROBLEMS) this.problems.push({ name, ...(seq === undefined ? {} : { seq }), says })
  }

  /** Adds findings made elsewhere; `count` may exceed `problems.length`. */
  addAll(problems: readonly Problem[], count: number): void {
    this.count += count
    this.problems.push(...problems.slice(0, MOST_PROBLEMS - this.problems.length))
  }
}

/** `record 7` or `records 7 to 9`, inclusive. */
export function recordsFrom(from: number, to: number): string {
  return to - from === 1 ? `record ${from}` : `records ${from} to ${to - 1}`
}

export function addWrongSize(findings: Findings, isWrong: boolean, seq: number | undefined, file: string): void {
  if (isWrong) findings.add('wrong_size', seq, `${file} is longer than the database in it, or ends within a page`)
}

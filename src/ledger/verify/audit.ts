/**
 * Audits a ledger without its records: is this checkpoint signed by a trusted key, does it extend an earlier one, does it
 * include this record? Works from a signed note and hash tiles from any source.
 */
import { openCheckpoint, type TrustedKey } from './note.ts'
import { isConsistent, rootFromInclusion } from './proof.ts'
import { TileMissing, type TileSource, TileTree } from './tiles.ts'

/** A checkpoint with a valid signature. */
export interface SignedTree {
  readonly origin: string
  readonly size: number
  readonly root: Buffer
}
/** Named as in `report.ts`. */
export interface AuditFinding {
  readonly name:
    | 'checkpoint_signature'
    | 'checkpoint_key_unknown'
    | 'rolled_back'
    | 'forked'
    | 'not_included'
    | 'unproven'
  readonly says: string
}
export type Audited<Found> =
  | { readonly state: 'good'; readonly found: Found }
  | { readonly state: 'bad'; readonly finding: AuditFinding }

const bad = (name: AuditFinding['name'], says: string): { readonly state: 'bad'; readonly finding: AuditFinding } => ({
  state: 'bad',
  finding: { name, says },
})

/** @param which names it in findings, such as `the checkpoint that was served` */
export function auditCheckpoint(note: string, trusted: readonly TrustedKey[], which: string): Audited<SignedTree> {
  const opened = openCheckpoint(note, trusted)
  if (opened.state === 'invalid') return bad('checkpoint_signature', `${which}: ${opened.why}`)
  if (opened.state === 'unknown_key') return bad('checkpoint_key_unknown', `${which} is signed by no trusted key`)
  const { origin, size, root } = opened
  return { state: 'good', found: { origin, size, root } }
}

/** Checks that `now` extends `old`. `source` serves the tree of `now`. */
export async function auditContinuation(
  old: SignedTree,
  now: SignedTree,
  source: TileSource,
): Promise<Audited<SignedTree>> {
  if (old.origin !== now.origin)
    return bad('forked', `the checkpoint is one of ${now.origin}, and the earlier one of ${old.origin}`)
  if (now.size < old.size)
    return bad('rolled_back', `the ledger ends at ${now.size} records, and a checkpoint of ${old.size} was signed`)
  const proof = await provenBy(() => new TileTree(source, now.size).consistency(old.size))
  if (proof.state === 'bad') return proof
  if (isConsistent(old, now, proof.found)) return { state: 'good', found: now }
  return bad('forked', `the ledger of ${now.size} records is no continuation of the one of ${old.size} that was signed`)
}

/** Checks that record `index` has this leaf hash in the signed tree. */
export async function auditRecord(
  leafHash: Buffer,
  index: number,
  tree: SignedTree,
  source: TileSource,
): Promise<Audited<SignedTree>> {
  if (index >= tree.size) return bad('not_included', `record ${index} is not among the ${tree.size} of the checkpoint`)
  const proof = await provenBy(() => new TileTree(source, tree.size).inclusion(index))
  if (proof.state === 'bad') return proof
  if (rootFromInclusion(leafHash, index, tree.size, proof.found)?.equals(tree.root))
    return { state: 'good', found: tree }
  return bad('not_included', `record ${index} of the signed ledger is another`)
}

async function provenBy(make: () => Promise<readonly string[]>): Promise<Audited<readonly Buffer[]>> {
  try {
    return { state: 'good', found: (await make()).map((hash) => Buffer.from(hash, 'latin1')) }
  } catch (error) {
    if (!(error instanceof TileMissing)) throw error
    return bad('unproven', `the hashes for a proof are unavailable: ${error.message}`)
  }
}

/** Compares an external checkpoint with this ledger, by the verifier's own reader and proofs, as any third party would. */
import type { LedgerArchive } from '../ports.ts'
import { openCheckpoint, parseTrust } from '../verify/note.ts'
import { isConsistent } from '../verify/proof.ts'
import type { Standing } from './anchoring.ts'
import type { Anchored } from './ports.ts'

/** Checks a consistency proof (RFC 6962, section 2.1.2) between the note and the newest checkpoint here. */
export async function compareWithLedger(archive: LedgerArchive, { note }: Anchored): Promise<Standing> {
  const trusted = parseTrust((await textOf(archive, 'trust')) ?? '')
  const there = openCheckpoint(note, trusted)
  if (there.state !== 'valid') return 'foreign'
  const newest = await textOf(archive, 'checkpoint')
  const here = newest === undefined ? undefined : openCheckpoint(newest, trusted)
  if (here?.state !== 'valid' || there.size > here.size) return 'ahead'
  if (there.origin !== here.origin) return 'foreign'
  const lines = await textOf(archive, `consistency/${there.size}/${here.size}`)
  if (lines === undefined) return 'unknown'
  const proof = lines.split('\n').flatMap((line) => (line === '' ? [] : [Buffer.from(line, 'base64')]))
  return isConsistent(there, here, proof) ? 'continues' : 'forked'
}

/** What the archive serves under this path; undefined if nothing. */
export async function textOf(archive: Pick<LedgerArchive, 'serve'>, path: string): Promise<string | undefined> {
  const served = await archive.serve(path)
  return typeof served === 'string' ? undefined : Buffer.from(served.body).toString('utf8')
}

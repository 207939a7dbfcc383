/**
 * What lies in a ledger's folder, read by nothing of the ledger's: SQLite and the offsets of `docs/ledger-format.md`. The
 * judge does not ask whom it judges.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

export interface FoundRecord {
  readonly seq: number
  readonly kind: 'intent' | 'outcome' | 'other'
  readonly eventRef: string
  /** Of an INTENT: disclosure id and commitment. */
  readonly id: Buffer
  readonly commitment: Buffer
}

const KINDS: readonly FoundRecord['kind'][] = ['other', 'intent', 'outcome']

/** By sequence number. A file that SQLite cannot read holds nothing, as far as this is concerned. */
export function recordsIn(dataFolder: string): ReadonlyMap<number, FoundRecord> {
  const folder = join(dataFolder, 'ledger')
  const records = new Map<number, FoundRecord>()
  for (const name of readdirSync(folder).filter((name) => /^segment-\d+\.db$/.test(name))) {
    for (const { seq, leaf } of rowsOf(join(folder, name))) {
      records.set(seq, {
        seq,
        kind: KINDS[leaf[1]!] ?? 'other',
        eventRef: leaf.toString('hex', 31, 47),
        id: leaf.subarray(15, 31),
        commitment: leaf.subarray(65, 97),
      })
    }
  }
  return records
}

function rowsOf(path: string): readonly { readonly seq: number; readonly leaf: Buffer }[] {
  let db: DatabaseSync | undefined
  try {
    db = new DatabaseSync(path, { readOnly: true })
    const rows = db.prepare('SELECT seq, leaf FROM leaves ORDER BY seq').all()
    return rows.map(({ seq, leaf }) => ({ seq: seq as number, leaf: Buffer.from(leaf as Uint8Array) }))
  } catch (error) {
    if (error instanceof Error && 'errcode' in error) return []
    throw error
  } finally {
    db?.close()
  }
}

/** What a ledger's files hold, as `sluice ledger export` prints it. */
import { leafJson } from '../../src/ledger/leaf-text.ts'
import { readLeaves, readSize } from '../../src/ledger/read.ts'
import { LedgerFolder } from '../../src/storage/sqlite/ledger-folder.ts'

export interface PrintedRecord {
  readonly kind: string
  readonly action?: string
  readonly facts?: Readonly<Record<string, string | number>>
}

/** In the order written; also while a gateway writes. */
export function recordsIn(dataFolder: string): readonly PrintedRecord[] {
  const files = new LedgerFolder(dataFolder)
  return [...readLeaves(files, 0, readSize(files))].map(
    (row) => JSON.parse(JSON.stringify(leafJson(row))) as PrintedRecord,
  )
}

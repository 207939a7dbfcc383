/** A ledger's files as the verifier reads them. */
import type { LedgerView } from '../ledger/verify/ports.ts'
import { LedgerFolder } from '../storage/sqlite/ledger-folder.ts'
import { viewIndex } from '../storage/sqlite/ledger-index.ts'
import { viewKept } from '../storage/sqlite/ledger-kept.ts'

export function viewLedger(dataFolder: string): LedgerView {
  const files = new LedgerFolder(dataFolder)
  return {
    segments: () => files.segments(),
    read: (first) => files.read(first),
    index: (first) => viewIndex(dataFolder, first),
    trust: () => files.trust(),
    latestCheckpoint: () => files.latestCheckpoint(),
    floor: () => files.floor(),
    kept: () => viewKept(dataFolder),
  }
}

/** Verifies a ledger's files on the calling thread, giving way between pages. */
import { setImmediate as turn } from 'node:timers/promises'
import { type VerifyOptions, verifyFiles } from '../ledger/verify.ts'
import type { VerifyReport } from '../ledger/verify-report.ts'
import { LedgerFolder } from '../storage/sqlite/ledger-folder.ts'

/**
 * Reads every record of the ledger in `dataFolder` again. Opens files for reading only, and works while a gateway
 * writes them: it then speaks of the ledger as it was when each segment was reached. Never throws for what it finds.
 */
export function verifyLedger(dataFolder: string, options: VerifyOptions = {}): Promise<VerifyReport> {
  return verifyFiles(new LedgerFolder(dataFolder), () => turn(), options)
}

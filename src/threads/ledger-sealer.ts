/**
 * The ledger's second thread: indexes what the first one wrote, seals full segments, and answers requests. It never
 * delays a commit: it reads between commits, and writes only files that are no longer written to.
 */
import { setImmediate as turn } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import type { CohortWindow } from '../ledger/cohorts.ts'
import { openLedgerArchive } from './ledger-archive.ts'
import { serveCalls } from './rpc.ts'

export interface LedgerSealerData {
  readonly dataFolder: string
}

const { dataFolder } = workerData as LedgerSealerData
if (parentPort === null) throw new Error('the sealer is started by startLedgerSealer')
const archive = openLedgerArchive(dataFolder, () => turn(), { owns: true })
serveCalls(parentPort, {
  ...archive,
  // A call has one argument.
  evidence: ({ seqs, size }: { readonly seqs: readonly number[]; readonly size: number }) =>
    archive.evidence(seqs, size),
  cohorts: ({ window, earlier }: { readonly window: CohortWindow; readonly earlier: readonly CohortWindow[] }) =>
    archive.cohorts(window, earlier),
})

/** The thread of one check of the whole ledger: it reads files, writes nothing, and ends with its report. */
import { parentPort, workerData } from 'node:worker_threads'
import type { VerifyReport } from '../ledger/verify/report.ts'
import { verifyLedger } from './ledger-verify.ts'

export interface LedgerCheckData {
  readonly dataFolder: string
}
/** Its progress, or its result. */
export type LedgerCheckAnswer = { readonly read: number } | { readonly report: VerifyReport }

const port = parentPort
if (port === null) throw new Error('a check is started by startLedgerCheck')
const say = (answer: LedgerCheckAnswer): void => port.postMessage(answer)
const { dataFolder } = workerData as LedgerCheckData
say({ report: await verifyLedger(dataFolder, { onProgress: (read) => say({ read }) }) })

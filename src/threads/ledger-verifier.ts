/** A thread that checks ledger segments one after another for `ledger-verify.ts`. */
import { parentPort, workerData } from 'node:worker_threads'
import { checkSegment, type SegmentTask } from '../ledger/verify/one.ts'
import type { SegmentResult } from '../ledger/verify/segment.ts'
import { viewLedger } from './ledger-view.ts'

export interface VerifierData {
  readonly dataFolder: string
}
/** Its progress, or a segment's result. */
export type VerifierAnswer = { readonly records: number } | { readonly result: SegmentResult | string }

const port = parentPort
if (port === null) throw new Error('the verifier is started by verifyLedger')
const files = viewLedger((workerData as VerifierData).dataFolder)
const say = (answer: VerifierAnswer): void => port.postMessage(answer)
port.on('message', async (task: SegmentTask) => {
  // Nothing else waits for this thread.
  const result = await checkSegment(
    files,
    task,
    (records) => say({ records }),
    async () => undefined,
  )
  say({ result })
})

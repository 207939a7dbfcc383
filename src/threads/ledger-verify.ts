/** Verifies a ledger's files: a small one on the calling thread, a large one with a thread for each processor. */
import { availableParallelism } from 'node:os'
import { setImmediate as turn } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { type CheckSegment, checkSegment } from '../ledger/verify/one.ts'
import type { VerifyReport } from '../ledger/verify/report.ts'
import type { SegmentResult } from '../ledger/verify/segment.ts'
import { isInOrder, type VerifyOptions, verifyFiles } from '../ledger/verify/verify.ts'
import type { VerifierAnswer, VerifierData } from './ledger-verifier.ts'
import { viewLedger } from './ledger-view.ts'

/** Below this many records threads cost more than they save. */
const MANY_RECORDS = 100_000
/** Segments checked concurrently: each takes some 60 MB. */
const MOST_THREADS = 4

/**
 * Reads every record of the ledger in `dataFolder` again. Opens files read-only, also while a gateway writes them: the
 * report then describes each segment as it was when reached. Reports what it finds and does not throw for it.
 */
export async function verifyLedger(dataFolder: string, options: VerifyOptions = {}): Promise<VerifyReport> {
  const files = viewLedger(dataFolder)
  const firsts = files.segments()
  const threads = Math.min(availableParallelism(), MOST_THREADS, firsts.length)
  if (threads < 2 || isInOrder(options) || (firsts.at(-1) ?? 0) < MANY_RECORDS)
    return verifyFiles(files, (task, say, see) => checkSegment(files, task, say, () => turn(), see), 1, options)
  const pool = createPool(dataFolder, threads)
  try {
    return await verifyFiles(files, pool.check, threads, options)
  } finally {
    await pool.close()
  }
}

function createPool(
  dataFolder: string,
  threads: number,
): { readonly check: CheckSegment; readonly close: () => Promise<unknown> } {
  const workerData: VerifierData = { dataFolder }
  const start = (): Worker =>
    new Worker(new URL('./ledger-verifier.ts', import.meta.url), { workerData, name: 'ledger-verifier' })
  const workers = Array.from({ length: threads }, start)
  const idle = [...workers]
  return {
    check: (task, onProgress) => {
      // Requests are limited to the number of threads: see `atOnce`.
      const worker = idle.pop()
      if (worker === undefined) throw new RangeError('more segments at once than threads')
      return new Promise<SegmentResult | string>((resolve, reject) => {
        const read = (answer: VerifierAnswer): void => {
          if ('records' in answer) {
            onProgress(answer.records)
            return
          }
          worker.off('message', read).off('error', reject)
          idle.push(worker)
          resolve(answer.result)
        }
        worker.on('message', read).on('error', reject)
        worker.postMessage(task)
      })
    },
    close: () => Promise.all(workers.map((worker) => worker.terminate())),
  }
}

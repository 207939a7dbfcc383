/** The ledger's reading side as other rooms see it, and the schedule of its thread. */
import { type ResourceLimits, Worker } from 'node:worker_threads'
import type { LedgerArchive } from '../ledger/ports.ts'
import type { LedgerSealerData } from './ledger-sealer.ts'
import { type Caller, callWorker } from './rpc.ts'
import { SHORT_LIVED } from './short-lived.ts'

export interface SealerOptions {
  readonly dataFolder: string
  /** Number of durable records: one read of shared memory. */
  readonly size: () => number
  /** Called for every failure to seal or to read, which is retried. */
  readonly failed: (error: unknown) => void
  /** Polling interval for new records, in milliseconds. Default 500: a request polls by itself. */
  readonly lookMs?: number
  /** Delay after a failure, in milliseconds. Default 30,000: a full disk would otherwise fill the log. */
  readonly restMs?: number
  /** Default `SHORT_LIVED`. */
  readonly limits?: ResourceLimits
}

const LOOK_MS = 500
const RETRY_MS = 30_000

/**
 * Starts the thread. It reads existing files in the background; requests wait for what they need. A lost thread is
 * restarted: until then requests are refused, and sends continue.
 */
export function startLedgerSealer(options: SealerOptions): LedgerArchive {
  const { dataFolder, size, failed, lookMs = LOOK_MS, limits = SHORT_LIVED, restMs = RETRY_MS } = options
  let thread = start()
  let isLost = false
  let seen = -1
  let busy = false
  let retryAt = 0
  let ended = false

  function start(): Caller {
    const workerData: LedgerSealerData = { dataFolder }
    const worker = new Worker(new URL('./ledger-sealer.ts', import.meta.url), {
      workerData,
      name: 'ledger-sealer',
      resourceLimits: limits,
    })
    const caller = callWorker(worker, 'ERR_LEDGER_UNAVAILABLE')
    caller.onLost((error) => {
      isLost = true
      seen = -1
      retryAt = performance.now() + restMs
      failed(error)
    })
    return caller
  }
  const call = <Result>(method: string, argument?: unknown): Promise<Result> => thread.call(method, argument)
  const look = async (): Promise<void> => {
    const now = performance.now()
    if (busy || ended || now < retryAt) return
    if (isLost) {
      thread = start()
      isLost = false
    }
    if (seen === size()) return
    busy = true
    try {
      const reached = size()
      await call('seal')
      seen = reached
    } catch (error) {
      retryAt = now + restMs
      // A lost thread was reported already.
      if (!ended && !isLost) failed(error)
    } finally {
      busy = false
    }
  }
  const timer = setInterval(() => void look(), lookMs)
  timer.unref()
  void look()
  return {
    serve: (path) => call('serve', path),
    record: (name) => call('record', name),
    intent: (name) => call('intent', name),
    proof: (name) => call('proof', name),
    evidence: (seqs, size) => call('evidence', { seqs, size }),
    concerned: (query) => call('concerned', query),
    cohorts: (window, earlier) => call('cohorts', { window, earlier }),
    find: (query) => call('find', query),
    count: (query) => call('count', query),
    catchUp: () => call('catchUp'),
    seal: () => call('seal'),
    forget: (what) => call('forget', what),
    segments: () => call('segments'),
    holds: () => call('holds'),
    hold: (hold) => call('hold', hold),
    release: (id) => call('release', id),
    prunable: (before) => call('prunable', before),
    raiseFloor: (to) => call('raiseFloor', to),
    removePruned: () => call('removePruned'),
    close: async () => {
      ended = true
      clearInterval(timer)
      // Its files are completed by the next start: the stop continues.
      await thread.close().catch(failed)
    },
  }
}

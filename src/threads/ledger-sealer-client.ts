/** The ledger's reading side as the rest of the gateway sees it, and what keeps it at work. */
import { Worker } from 'node:worker_threads'
import type { LedgerArchive } from '../ledger/ports.ts'
import type { LedgerSealerData } from './ledger-sealer.ts'
import { callWorker } from './rpc.ts'
import { SHORT_LIVED } from './short-lived.ts'

export interface SealerOptions {
  readonly dataFolder: string
  /** Records that are durable: one look at shared memory. */
  readonly size: () => number
  /** Called for every failure to seal or to read; it is tried again. */
  readonly failed: (error: unknown) => void
  /** How often it looks for new records, in milliseconds. Default 500: a question looks by itself. */
  readonly lookMs?: number
}

const LOOK_MS = 500
/** After a failure nothing is tried for so long, in milliseconds: a full disk fills the log otherwise. */
const RETRY_MS = 30_000

/** Starts the thread. It reads what there is in the background; questions wait until what they need has been read. */
export function startLedgerSealer({ dataFolder, size, failed, lookMs = LOOK_MS }: SealerOptions): LedgerArchive {
  const workerData: LedgerSealerData = { dataFolder }
  const worker = new Worker(new URL('./ledger-sealer.ts', import.meta.url), {
    workerData,
    name: 'ledger-sealer',
    resourceLimits: SHORT_LIVED,
  })
  const { call, close, onLost } = callWorker(worker, 'ERR_LEDGER_UNAVAILABLE')
  let seen = -1
  let busy = false
  let restsUntil = 0
  let ended = false
  const look = async (): Promise<void> => {
    const now = performance.now()
    if (busy || ended || now < restsUntil || seen === size()) return
    busy = true
    try {
      const reached = size()
      await call('seal')
      seen = reached
    } catch (error) {
      restsUntil = now + RETRY_MS
      if (!ended) failed(error)
    } finally {
      busy = false
    }
  }
  const timer = setInterval(() => void look(), lookMs)
  timer.unref()
  void look()
  onLost((error) => {
    ended = true
    clearInterval(timer)
    failed(error)
  })
  return {
    serve: (path) => call('serve', path),
    record: (name) => call('record', name),
    intent: (name) => call('intent', name),
    proof: (name) => call('proof', name),
    find: (query) => call('find', query),
    count: (query) => call('count', query),
    catchUp: () => call('catchUp'),
    seal: () => call('seal'),
    forget: (what) => call('forget', what),
    holds: () => call('holds'),
    hold: (hold) => call('hold', hold),
    release: (id) => call('release', id),
    prunable: (before) => call('prunable', before),
    raiseFloor: (to) => call('raiseFloor', to),
    removePruned: () => call('removePruned'),
    close: () => {
      ended = true
      clearInterval(timer)
      return close()
    },
  }
}

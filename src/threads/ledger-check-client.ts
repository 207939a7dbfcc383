/** Checks the whole ledger beside a running gateway: one check at a time, each in its own thread. */
import { type ResourceLimits, Worker } from 'node:worker_threads'
import type { VerifyReport } from '../ledger/verify/report.ts'
import type { EpochMs } from '../model/brand.ts'
import type { LedgerCheckAnswer, LedgerCheckData } from './ledger-check.ts'

/** The latest check's progress or result; `failed` says nothing about the ledger. */
export type CheckState =
  | { readonly state: 'never' }
  | { readonly state: 'running'; readonly startedAt: EpochMs; readonly read: number; readonly of: number }
  | { readonly state: 'done'; readonly startedAt: EpochMs; readonly endedAt: EpochMs; readonly report: VerifyReport }
  | { readonly state: 'failed'; readonly startedAt: EpochMs; readonly endedAt: EpochMs; readonly why: string }

export interface StartedLedgerCheck {
  /** False if one is running. */
  start(): boolean
  latest(): CheckState
  /** Stops a running check. */
  close(): Promise<void>
}

export interface LedgerCheckOptions {
  readonly dataFolder: string
  /** Number of durable records. */
  readonly size: () => number
  readonly now: () => EpochMs
  /** Called for every check that could not be completed. */
  readonly failed: (error: unknown) => void
  /** Default `CHECK_LIMITS`. */
  readonly limits?: ResourceLimits
}

/** Several times the memory of a segment, see `ledger-verify.ts`. A check that needs more fails alone. */
const CHECK_LIMITS: ResourceLimits = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 16 }

/** Starts nothing yet. */
export function startLedgerCheck(options: LedgerCheckOptions): StartedLedgerCheck {
  const { dataFolder, size, now, failed, limits = CHECK_LIMITS } = options
  let latest: CheckState = { state: 'never' }
  let running: Worker | undefined
  return {
    latest: () => latest,
    start: () => {
      if (running !== undefined) return false
      const startedAt = now()
      const workerData: LedgerCheckData = { dataFolder }
      const worker = new Worker(new URL('./ledger-check.ts', import.meta.url), {
        workerData,
        name: 'ledger-check',
        resourceLimits: limits,
      })
      running = worker
      latest = { state: 'running', startedAt, read: 0, of: size() }
      const end = (ended: CheckState): void => {
        if (running !== worker) return
        running = undefined
        latest = ended
      }
      worker.on('message', (answer: LedgerCheckAnswer) => {
        if ('report' in answer) end({ state: 'done', startedAt, endedAt: now(), report: answer.report })
        else if (latest.state === 'running') latest = { ...latest, read: answer.read }
      })
      worker.on('error', (error) => {
        end({
          state: 'failed',
          startedAt,
          endedAt: now(),
          why: error instanceof Error ? error.message : 'unknown error',
        })
        failed(error)
      })
      worker.on('exit', () => end({ state: 'failed', startedAt, endedAt: now(), why: 'its thread ended' }))
      return true
    },
    close: async () => {
      await running?.terminate()
    },
  }
}

/** Examines configurations off the main thread: the worker starts with the first request and ends when idle. */
import { type ResourceLimits, Worker } from 'node:worker_threads'
import { GatewayError } from '../model/errors.ts'
import type { Examiner } from '../publish/examiner.ts'
import { type Caller, callWorker } from './rpc.ts'

export interface ExaminerOptions {
  /** Called for every request that was not answered. */
  readonly failed: (error: unknown) => void
  /** Default `EXAMINER_LIMITS`. A request that needs more fails, and so do those queued behind it. */
  readonly limits?: ResourceLimits
  /** Timeout of one request, in milliseconds; default 120,000. */
  readonly answerMs?: number
  /** How long an idle worker is kept, in milliseconds; default 30,000: a publish asks several times. */
  readonly idleMs?: number
}

export interface StartedExaminer extends Examiner {
  /** The thread, if running. */
  threadId(): number | undefined
  /** Unanswered requests are rejected. */
  close(): Promise<void>
}

/**
 * 50 partners are loaded and compared with 48 MB, 300 with 128, and an `apps.yaml` of 2 MB, the largest that is read,
 * is loaded with 256 (November 2026).
 */
const EXAMINER_LIMITS: ResourceLimits = { maxOldGenerationSizeMb: 384, maxYoungGenerationSizeMb: 16 }
const ANSWER_MS = 120_000
const IDLE_MS = 30_000

/** Starts nothing yet. After any failure, the next request starts a new worker. */
export function startExaminer(options: ExaminerOptions): StartedExaminer {
  const { failed, limits = EXAMINER_LIMITS, answerMs = ANSWER_MS, idleMs = IDLE_MS } = options
  let running: { readonly worker: Worker; readonly caller: Caller } | undefined
  let unanswered = 0
  let timer: NodeJS.Timeout | undefined
  let closed = false

  const start = () => {
    const worker = new Worker(new URL('./examiner.ts', import.meta.url), {
      name: 'examiner',
      resourceLimits: limits,
    })
    const caller = callWorker(worker, 'ERR_EXAMINER_UNAVAILABLE')
    const one = { worker, caller }
    caller.onLost(() => {
      if (running === one) running = undefined
    })
    return one
  }
  const end = (): void => {
    const { worker } = running ?? {}
    running = undefined
    // Terminated at once: it has no state to lose.
    void worker?.terminate()
  }
  /** Counts from the last answer: requests are answered one after another. */
  const watch = (): void => {
    clearTimeout(timer)
    timer = setTimeout(end, unanswered > 0 ? answerMs : idleMs)
    timer.unref()
  }
  const ask = async <Answer>(method: string, question: unknown): Promise<Answer> => {
    if (closed) throw new GatewayError('ERR_STOPPING')
    running ??= start()
    unanswered++
    if (unanswered === 1) watch()
    try {
      return await running.caller.call<Answer>(method, question)
    } catch (cause) {
      const error = cause instanceof GatewayError ? cause : new GatewayError('ERR_EXAMINER_UNAVAILABLE', {}, cause)
      failed(error)
      throw error
    } finally {
      unanswered--
      if (!closed) watch()
    }
  }
  return {
    load: (folder) => ask('load', folder),
    meaning: (pair) => ask('meaning', pair),
    differences: (pair) => ask('differences', pair),
    narrowing: (pair) => ask('narrowing', pair),
    staged: (asked) => ask('staged', asked),
    groundless: (pair) => ask('groundless', pair),
    refusedTransfers: (pair) => ask('refusedTransfers', pair),
    withoutLapsed: (asked) => ask('withoutLapsed', asked),
    threadId: () => running?.worker.threadId,
    close: async () => {
      closed = true
      clearTimeout(timer)
      const { worker } = running ?? {}
      running = undefined
      await worker?.terminate()
    },
  }
}

/**
 * Calls across a worker's port. Calls of one turn share one message, and so do their answers: the cost is by turn and
 * not by call. Hosts hold no rules: a method delegates to a room's function.
 */
import type { MessagePort, Transferable, Worker } from 'node:worker_threads'
import { ERROR_CODES, type ErrorCode, GatewayError } from '../model/errors.ts'

interface Call {
  readonly id: number
  readonly method: string
  readonly argument: unknown
}
interface Answer {
  readonly id: number
  readonly value?: unknown
  readonly error?: { readonly message: string; readonly code: ErrorCode | undefined }
}
type Method = (argument: never) => unknown

/** Serves `methods` on `port` until it closes. A method may return a promise; a thrown error travels as its code. */
export function serveCalls(port: MessagePort, methods: Readonly<Record<string, Method>>): void {
  let answers: Answer[] = []
  let transfers: Transferable[] = []
  const answer = (one: Answer): void => {
    if (answers.length === 0) setImmediate(flush)
    answers.push(one)
    if (one.value instanceof ArrayBuffer) transfers.push(one.value)
  }
  const flush = (): void => {
    port.postMessage(answers, transfers)
    answers = []
    transfers = []
  }
  port.on('message', (calls: readonly Call[]) => {
    for (const { id, method, argument } of calls) {
      const run = methods[method]
      if (run === undefined) {
        answer({ id, error: { message: `no method ${method}`, code: undefined } })
        continue
      }
      Promise.try(run, argument as never).then(
        (value) => answer({ id, value }),
        (error: unknown) => answer({ id, error: describe(error) }),
      )
    }
  })
}

/** The calling side. After the worker has ended, for any reason, every call rejects with `lost`. */
export interface Caller {
  call<Result>(method: string, argument?: unknown, transfer?: readonly Transferable[]): Promise<Result>
  /** Called once if the worker ends without `close` having been called. */
  onLost(listener: (error: Error) => void): void
  /** Calls `close` in the worker, then ends it. */
  close(): Promise<void>
}

export function callWorker(worker: Worker, lost: ErrorCode): Caller {
  const calling = callOver(worker, lost)
  worker.on('error', calling.end)
  worker.on('exit', (code) => calling.end(new Error(`worker ended with ${code}`)))
  return {
    ...calling,
    close: async () => {
      if (calling.hasEnded()) return
      calling.closing()
      await calling.call('close')
      await worker.terminate()
    },
  }
}

/** The same over a port of a worker that another owns; `close` closes only the port. */
export function callPort(port: MessagePort, lost: ErrorCode): Caller {
  const calling = callOver(port, lost)
  port.on('close', () => calling.end(new Error('the port has closed')))
  return {
    ...calling,
    close: () => {
      calling.closing()
      port.close()
      return Promise.resolve()
    },
  }
}

function callOver(worker: Pick<Worker | MessagePort, 'on' | 'postMessage'>, lost: ErrorCode) {
  const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>()
  const lostListeners: ((error: Error) => void)[] = []
  let next = 1
  let calls: Call[] = []
  let transfers: Transferable[] = []
  let ended: Error | undefined
  let closing = false

  const end = (cause: unknown): void => {
    if (ended !== undefined) return
    ended = new GatewayError(lost, {}, cause)
    for (const { reject } of waiting.values()) reject(ended)
    waiting.clear()
    if (!closing) for (const listener of lostListeners) listener(ended)
  }
  worker.on('message', (answers: readonly Answer[]) => {
    for (const { id, value, error } of answers) {
      const caller = waiting.get(id)
      waiting.delete(id)
      if (error === undefined) caller?.resolve(value as never)
      else caller?.reject(revive(error))
    }
  })
  const flush = (): void => {
    if (calls.length === 0) return
    worker.postMessage(calls, transfers)
    calls = []
    transfers = []
  }
  const call = <Result>(method: string, argument?: unknown, transfer: readonly Transferable[] = []): Promise<Result> =>
    new Promise((resolve, reject) => {
      if (ended !== undefined) return reject(ended)
      const id = next++
      waiting.set(id, { resolve, reject })
      if (calls.length === 0) setImmediate(flush)
      calls.push({ id, method, argument })
      transfers.push(...transfer)
    })
  return {
    call,
    onLost: (listener: (error: Error) => void): void => {
      lostListeners.push(listener)
    },
    end,
    hasEnded: () => ended !== undefined,
    closing: (): void => {
      closing = true
    },
  }
}

function describe(error: unknown): { message: string; code: ErrorCode | undefined } {
  if (error instanceof GatewayError) return { message: error.message, code: error.code }
  return { message: error instanceof Error ? error.message : 'unknown error', code: undefined }
}

function revive(error: { readonly message: string; readonly code: ErrorCode | undefined }): Error {
  return error.code !== undefined && error.code in ERROR_CODES
    ? new GatewayError(error.code, {}, new Error(error.message))
    : new Error(error.message)
}

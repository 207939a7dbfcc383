/**
 * One HTTP request and its answer. The caller's `begin` runs inside `onRequestStart`, the last moment before the first
 * byte; a request that may not begin is aborted there and its socket stays open. The answer is streamed to a sink, or
 * only its beginning is kept; an oversized one closes the connection. After the status, the partner has answered: later
 * errors only leave the body incomplete.
 */
import type { Dispatcher } from 'undici'
import type { AnswerHeaders, AnswerSink, WireResult } from '../flow/ports.ts'
import { ANSWER_LATE } from '../model/disclosure.ts'
import type { PartnerRequest } from '../partners/kit/type.ts'
import { codingsOf, type Decoding, decodeWith } from './decode.ts'

/** Bytes of an answer kept: enough for any partner's result of a batch. */
const MAX_KEPT_BYTES = 64 * 1024

/** Thrown inside `onRequestStart` to abort a request before its first byte. */
class MayNotBegin extends Error {
  readonly why: 'stopped' | 'not_fresh'
  constructor(why: 'stopped' | 'not_fresh') {
    super()
    this.why = why
  }
}
/** The reason for closing a connection whose answer is oversized or no longer awaited. */
class Abandoned extends Error {
  readonly code = 'ABANDONED'
}

export interface Exchange {
  readonly ended: Promise<WireResult>
  /** @param code the cause in the outcome */
  abandon(code?: string): void
}

export interface ExchangeOptions {
  readonly sink?: AnswerSink | undefined
  /** Maximum of an answer for the sink; without a sink, 64 KB. Applies to the decoded and to the encoded bytes. */
  readonly maxSunkBytes: number
  /** For the whole exchange, from the first byte written to the last one read; undefined if the caller limits it. */
  readonly deadlineMs?: number | undefined
  /** For a partner whose answer has no `Date`. */
  readonly now: () => number
}

export function exchange(
  pool: Dispatcher,
  { method, path, headers, body }: PartnerRequest,
  begin: () => boolean,
  { sink, maxSunkBytes, deadlineMs, now }: ExchangeOptions,
): Exchange {
  const { promise: ended, resolve: settle } = Promise.withResolvers<WireResult>()
  const maxBytes = sink === undefined ? MAX_KEPT_BYTES : maxSunkBytes
  let state: 'waiting' | 'begun' | 'over' = 'waiting'
  let controller: Dispatcher.DispatchController | undefined
  let clock: NodeJS.Timeout | undefined
  /** 0 until it has arrived. */
  let status = 0
  let answerHeaders: AnswerHeaders = {}
  let decoding: Decoding | undefined
  let isUnreadable = false
  const kept: Buffer[] = []
  let received = 0
  let size = 0

  const finish = (result: WireResult): void => {
    if (state === 'over') return
    state = 'over'
    clearTimeout(clock)
    decoding?.stop()
    settle(result)
  }
  const answered = (isWhole: boolean): WireResult => ({
    kind: 'answered',
    status,
    headers: { date: new Date(now()).toUTCString(), ...answerHeaders },
    body: isUnreadable ? '' : Buffer.concat(kept).toString('utf8'),
    ...(isWhole && !isUnreadable ? {} : { incomplete: true as const }),
  })
  const end = (result: WireResult): void => {
    const given = controller
    finish(result)
    given?.abort(new Abandoned())
  }
  const isOutOfTime = (): void => {
    if (status === 0) end({ kind: 'unknown_after_write', code: 'DEADLINE' })
    else if (status >= 200 && status <= 299) end({ kind: 'unknown_after_write', code: ANSWER_LATE })
    else end(answered(false))
  }

  /** False while the receiver can take no more; `resume` is called when it can. */
  const take = (chunk: Buffer, resume: () => void): boolean => {
    if (state === 'over') return true
    if (size < MAX_KEPT_BYTES) kept.push(chunk.subarray(0, MAX_KEPT_BYTES - size))
    size += chunk.length
    if (size > maxBytes) {
      end(answered(false))
      return true
    }
    if (sink === undefined || sink.data(chunk)) return true
    sink.drained(resume)
    return false
  }
  const whole = (): void => {
    if (state === 'over') return
    sink?.end()
    finish(answered(true))
  }

  const startDecoding = (codings: readonly string[]): void => {
    const started: Decoding = decodeWith(codings, {
      data: (chunk) => {
        if (!take(chunk, () => started.resume())) started.pause()
      },
      end: whole,
      unreadable: () => {
        isUnreadable = true
        end(answered(false))
      },
    })
    decoding = started
  }

  pool.dispatch(
    { method, path, headers, body: method === 'GET' ? null : body },
    {
      onRequestStart: (given) => {
        if (state === 'over') throw new MayNotBegin('stopped')
        requireLeave(begin)
        controller = given
        state = 'begun'
        if (deadlineMs !== undefined) clock = setTimeout(isOutOfTime, deadlineMs)
      },
      onResponseStart: (_controller, statusCode, received) => {
        if (statusCode < 200 || state === 'over') return
        status = statusCode
        const codings = codingsOf(received)
        isUnreadable = codings === undefined
        const { 'content-encoding': _, 'content-length': __, ...plain } = received
        answerHeaders = codings === undefined || codings.length === 0 ? received : plain
        if (codings !== undefined && codings.length > 0) startDecoding(codings)
        sink?.start(statusCode, answerHeaders)
      },
      onResponseData: (given, chunk) => {
        if (state === 'over') return
        // Some servers and proxies omit the header; no text begins like this.
        if (decoding === undefined && sink === undefined && size === 0 && !isUnreadable && isGzip(chunk))
          startDecoding(GZIP)
        if (decoding === undefined) {
          if (!take(chunk, () => given.resume())) given.pause()
          return
        }
        received += chunk.length
        if (received > maxBytes) end(answered(false))
        // Undecoded bytes wait in memory, bounded above: a paused connection would be lost if the partner closed it.
        else decoding.write(chunk)
      },
      onResponseEnd: () => {
        if (decoding === undefined) whole()
        else decoding.end()
      },
      onResponseError: (_controller, error) => {
        if (error instanceof MayNotBegin) finish({ kind: 'cancelled_not_sent', why: error.why })
        else if (status !== 0) finish(answered(false))
        else finish({ kind: state === 'begun' ? 'unknown_after_write' : 'failed_before_write', code: codeOf(error) })
      },
    },
  )
  return {
    ended,
    abandon: (code = 'ABANDONED') =>
      end({ kind: state === 'begun' ? 'unknown_after_write' : 'failed_before_write', code }),
  }
}

/** An error thrown by `begin` is not the partner's failure: the request could not be re-checked and is not sent. */
function requireLeave(begin: () => boolean): void {
  let mayBegin: boolean
  try {
    mayBegin = begin()
  } catch {
    throw new MayNotBegin('not_fresh')
  }
  if (!mayBegin) throw new MayNotBegin('stopped')
}

const GZIP = ['gzip'] as const

function isGzip(chunk: Buffer): boolean {
  return chunk[0] === 0x1f && chunk[1] === 0x8b && chunk[2] === 0x08
}

/** The error code of the system or the client; messages may contain a URL and are not used. */
function codeOf(error: Error): string {
  const { code } = error as { readonly code?: unknown }
  return typeof code === 'string' && /^[A-Z0-9_]{1,40}$/.test(code) ? code : 'UNKNOWN'
}

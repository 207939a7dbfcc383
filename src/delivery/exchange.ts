/**
 * One HTTP request and its answer. The caller's `begin` runs inside `onRequestStart`, the last moment at which nothing is
 * on the wire; a request that may not begin is abandoned there and its socket stays. An answer goes to a sink as it comes,
 * or only its beginning is kept; whatever is larger than allowed ends the connection.
 */
import type { Dispatcher } from 'undici'
import type { AnswerHeaders, AnswerSink, WireResult } from '../flow/ports.ts'
import type { PartnerRequest } from '../partners/type.ts'

/** Only so much of an answer is kept: enough for any partner's verdict on a batch. */
const MAX_KEPT_BYTES = 64 * 1024

/** Thrown inside `onRequestStart` to abandon a request before its first byte. */
class MayNotBegin extends Error {}
/** The reason given to the client for ending a connection whose answer was too large, or nobody waits for. */
class Abandoned extends Error {
  readonly code = 'ABANDONED'
}

export interface Exchange {
  readonly ended: Promise<WireResult>
  abandon(): void
}

/** @param maxSunkBytes how much of an answer a sink may get; without a sink 64 KB end the connection */
export function exchange(
  pool: Dispatcher,
  { method, path, headers, body }: PartnerRequest,
  begin: () => boolean,
  sink: AnswerSink | undefined,
  maxSunkBytes: number,
): Exchange {
  let settle: (result: WireResult) => void = () => {}
  const ended = new Promise<WireResult>((resolve) => {
    settle = resolve
  })
  let state: 'waiting' | 'begun' | 'over' = 'waiting'
  let controller: Dispatcher.DispatchController | undefined
  let status = 0
  let answerHeaders: AnswerHeaders = {}
  const kept: Buffer[] = []
  let size = 0
  const maxBytes = sink === undefined ? MAX_KEPT_BYTES : maxSunkBytes

  const finish = (result: WireResult): void => {
    state = 'over'
    settle(result)
  }
  const answered = (): WireResult => ({
    kind: 'answered',
    status,
    headers: answerHeaders,
    body: Buffer.concat(kept).toString('utf8'),
  })

  pool.dispatch(
    { method, path, headers, body: method === 'GET' ? null : body },
    {
      onRequestStart: (given) => {
        if (state === 'over' || !begin()) throw new MayNotBegin()
        controller = given
        state = 'begun'
      },
      onResponseStart: (_controller, statusCode, received) => {
        if (statusCode < 200) return
        status = statusCode
        answerHeaders = received
        if (state !== 'over') sink?.start(statusCode, received)
      },
      onResponseData: (given, chunk) => {
        if (state === 'over') return
        if (size < MAX_KEPT_BYTES) kept.push(chunk.subarray(0, MAX_KEPT_BYTES - size))
        size += chunk.length
        if (size > maxBytes) {
          finish(answered())
          given.abort(new Abandoned())
        } else if (sink?.data(chunk) === false) {
          given.pause()
          sink.drained(() => given.resume())
        }
      },
      onResponseEnd: () => {
        if (state === 'over') return
        sink?.end()
        finish(answered())
      },
      onResponseError: (_controller, error) => {
        if (state === 'over') return
        if (error instanceof MayNotBegin) finish({ kind: 'cancelled_not_sent', why: 'stopped' })
        else finish({ kind: state === 'begun' ? 'unknown_after_write' : 'failed_before_write', code: codeOf(error) })
      },
    },
  )
  return {
    ended,
    abandon: () => {
      if (state === 'over') return
      const given = controller
      finish({ kind: state === 'begun' ? 'unknown_after_write' : 'failed_before_write', code: 'ABANDONED' })
      given?.abort(new Abandoned())
    },
  }
}

/** The system's or client's own word for an error; messages may repeat a URL and are not used. */
function codeOf(error: Error): string {
  const { code } = error as { readonly code?: unknown }
  return typeof code === 'string' && /^[A-Z0-9_]{1,40}$/.test(code) ? code : 'UNKNOWN'
}

/** Of a partner's answer only what is listed goes back to an SDK: the connection's own affairs are ours, cookies are nobody's. */
import type { AnswerHeaders, AnswerSink } from './ports.ts'

/** Cookies are not in it: none is ever sent on, so that one would mark the device for nothing. Nor is `location`. */
const PASSING: readonly string[] = [
  'content-type',
  'content-language',
  'etag',
  'expires',
  'last-modified',
  'retry-after',
  'x-openrtb-version',
]

function answerHeaders(headers: AnswerHeaders): Record<string, string | string[]> {
  const passing: Record<string, string | string[]> = {}
  for (const name of PASSING) {
    const value = headers[name]
    if (value !== undefined) passing[name] = typeof value === 'string' ? value : [...value]
  }
  return passing
}

/** True for an answer that sends the caller elsewhere. 304 does not. */
function isRedirect(status: number): boolean {
  return status >= 300 && status < 400 && status !== 304
}

/** `closed` until an answer begins that may be handed on. */
export type GateState = 'closed' | 'open' | 'whole' | 'redirected'

/** Before the sink: lets listed headers through, and nothing at all of a redirect. */
export function createGate(sink: AnswerSink): AnswerSink & { state(): GateState } {
  let state: GateState = 'closed'
  return {
    state: () => state,
    start: (status, headers) => {
      state = isRedirect(status) ? 'redirected' : 'open'
      if (state === 'open') sink.start(status, answerHeaders(headers))
    },
    data: (chunk) => state !== 'open' || sink.data(chunk),
    drained: (resume) => sink.drained(resume),
    end: () => {
      if (state !== 'open') return
      state = 'whole'
      sink.end()
    },
  }
}

/** Filters a partner's answer: only listed headers go back to an SDK, no hop-by-hop headers and no cookies. */
import type { AnswerHeaders, AnswerSink } from './ports.ts'

/** Without cookies, which are never forwarded and would only mark the device, and without `location`. */
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

/** True for a redirect. 304 is not one. */
function isRedirect(status: number): boolean {
  return status >= 300 && status < 400 && status !== 304
}

/** `closed` until an answer begins that may be forwarded. */
export type GateState = 'closed' | 'open' | 'whole' | 'redirected'

/** Wraps the sink: passes listed headers, and nothing at all of a redirect. */
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

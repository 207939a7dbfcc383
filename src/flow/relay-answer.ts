/** Of a partner's answer only what is listed goes back to an SDK: the connection's own affairs are ours, cookies are theirs. */
import type { AnswerHeaders, AnswerSink } from './ports.ts'

/** Cookies are not in it: they pass where nothing restricts. Nor is `location`: no redirect is followed or handed on. */
const PASSING: readonly string[] = [
  'content-type',
  'content-language',
  'etag',
  'expires',
  'last-modified',
  'retry-after',
  'x-openrtb-version',
]

/** @param restricted by the verdict: a cookie would mark the device for the partner */
function answerHeaders(headers: AnswerHeaders, restricted: boolean): Record<string, string | string[]> {
  const passing: Record<string, string | string[]> = {}
  const names = restricted ? PASSING : [...PASSING, 'set-cookie']
  for (const name of names) {
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
export function createGate(sink: AnswerSink, restricted: boolean): AnswerSink & { state(): GateState } {
  let state: GateState = 'closed'
  return {
    state: () => state,
    start: (status, headers) => {
      state = isRedirect(status) ? 'redirected' : 'open'
      if (state === 'open') sink.start(status, answerHeaders(headers, restricted))
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

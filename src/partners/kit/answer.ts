/** Common rules for partners' answers. */
import { ANSWER_UNREADABLE, type Outcome } from '../../model/disclosure.ts'
import type { PartnerAnswer } from './type.ts'

/** The longest pause a partner may request, milliseconds. */
const MAX_RETRY_AFTER_MS = 3_600_000

/** What an answer's body reports. `again`: the same request may succeed later. */
export type Said = 'delivered' | 'final' | 'again'

/**
 * The rule for every type: 2xx is success, unless a type reads a failure from the body; if that body is unreadable, the outcome
 * is unknown. Any other status decides by itself, unless the body reports more.
 * @param said interprets a complete body; undefined if it reports nothing
 */
export function answerRule(said?: (answer: PartnerAnswer) => Said | undefined): (answer: PartnerAnswer) => Outcome {
  return (answer) => {
    const isSuccess = answer.status >= 200 && answer.status <= 299
    if (answer.incomplete === true && isSuccess && said !== undefined)
      return { kind: 'unknown_after_write', code: ANSWER_UNREADABLE }
    const word = answer.incomplete === true ? undefined : said?.(answer)
    if (word === 'delivered' || (word === undefined && isSuccess)) return { kind: 'delivered', status: answer.status }
    return refused(answer, word === 'again' || (word === undefined && isOfTheMoment(answer.status)))
  }
}

/**
 * Transient statuses, after which the same request may succeed: RFC 9110 §15.5.9 (408), RFC 8470 §5.2 (425), RFC 6585 §4 (429),
 * RFC 9110 §15.6 (5xx). Redirects are never followed and, like other 4xx, final.
 */
export function isOfTheMoment(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500
}

/** For a type whose body is read only if the status is 2xx. */
export function onSuccess(said: (answer: PartnerAnswer) => Said): (answer: PartnerAnswer) => Said | undefined {
  return (answer) => (answer.status >= 200 && answer.status <= 299 ? said(answer) : undefined)
}

/** The partner rejected the item. `Retry-After` counts only if a retry makes sense. */
export function refused(answer: PartnerAnswer, retry: boolean): Outcome {
  const retryAfterMs = retry ? readRetryAfter(answer) : undefined
  return { kind: 'refused', status: answer.status, retry, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
}

/**
 * `Retry-After` in milliseconds, 0 to `MAX_RETRY_AFTER_MS`. A date is relative to the answer's own `Date`: both come from one
 * clock, and a type has none. Undefined if it is missing or malformed.
 */
export function readRetryAfter({ headers }: PartnerAnswer): number | undefined {
  const asked = first(headers['retry-after'])?.trim()
  if (asked === undefined) return undefined
  if (/^\d{1,9}$/.test(asked)) return Math.min(Number(asked) * 1000, MAX_RETRY_AFTER_MS)
  const pause = Date.parse(asked) - Date.parse(first(headers.date) ?? '')
  return Number.isNaN(pause) ? undefined : Math.min(Math.max(pause, 0), MAX_RETRY_AFTER_MS)
}

function first(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.[0]
}

/** The answer's body if it is a JSON object, otherwise `{}`. */
export function jsonOf({ body }: PartnerAnswer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : {}
  } catch {
    // Not JSON: reports nothing.
    return {}
  }
}

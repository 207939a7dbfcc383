/** What partners' answers have in common. */
import { ANSWER_UNREADABLE, type Outcome } from '../../model/disclosure.ts'
import type { PartnerAnswer } from './type.ts'

/** Longest pause a partner may ask for, milliseconds. */
const MAX_RETRY_AFTER_MS = 3_600_000

/** What the body of an answer says. `again`: the same request may succeed later. */
export type Said = 'delivered' | 'final' | 'again'

/**
 * One rule for every type. 2xx is done, unless the body says otherwise, where a type reads it: a body that cannot be read
 * then says nothing, and nobody knows. Whatever else is judged by its status, unless the body says more.
 * @param said of a body that is whole: what it means; undefined where it says nothing of its own
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
 * Statuses that speak of the moment and not of what was sent, so that the same request may succeed later: RFC 9110 §15.5.9
 * (408), RFC 8470 §5.2 (425), RFC 6585 §4 (429), RFC 9110 §15.6 (5xx). Redirects are never followed and, like other 4xx, final.
 */
export function isOfTheMoment(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500
}

/** For a type that is judged by its body only where the status is 2xx. */
export function onSuccess(said: (answer: PartnerAnswer) => Said): (answer: PartnerAnswer) => Said | undefined {
  return (answer) => (answer.status >= 200 && answer.status <= 299 ? said(answer) : undefined)
}

/** The partner did not take it. `Retry-After` counts only where a retry makes sense. */
export function refused(answer: PartnerAnswer, retry: boolean): Outcome {
  const retryAfterMs = retry ? readRetryAfter(answer) : undefined
  return { kind: 'refused', status: answer.status, retry, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
}

/**
 * `Retry-After` in milliseconds, 0 to `MAX_RETRY_AFTER_MS`. A date is measured against the answer's own `Date`: both
 * come from one clock, and a type has none. Undefined where it is missing or cannot be read.
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

/** The answer's body where it is a JSON object; `{}` for anything else. */
export function jsonOf({ body }: PartnerAnswer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : {}
  } catch {
    // Not JSON says nothing, which is what an empty object says.
    return {}
  }
}

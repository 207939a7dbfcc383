/** What partners' answers have in common. */
import type { Outcome } from '../model/disclosure.ts'
import type { PartnerAnswer } from './type.ts'

/** Longest pause a partner may ask for, milliseconds. */
const MAX_RETRY_AFTER_MS = 3_600_000

export function isSuccess({ status }: PartnerAnswer): boolean {
  return status >= 200 && status <= 299
}

export function delivered({ status }: PartnerAnswer): Outcome {
  return { kind: 'delivered', status }
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

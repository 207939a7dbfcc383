/** What the Graph API's answers mean, for both of Meta's types. */
import type { Outcome } from '../model/disclosure.ts'
import { delivered, isSuccess, jsonOf, refused } from './answer.ts'
import type { PartnerAnswer } from './type.ts'

/** Error codes after which the same request may succeed: failures of Meta's own, and throttling. */
const AGAIN: ReadonlySet<unknown> = new Set([1, 2, 341, 368, 5000, 21009, 4, 17, 80003])

/**
 * 2xx without `error` is done. An error is judged by its code, whatever the status: Meta's own failures and throttling may
 * be tried again, a bad token, parameter or right is final. Without a code 429 and 5xx may be tried again.
 */
export function respondAsMeta(answer: PartnerAnswer): Outcome {
  const { error } = jsonOf(answer)
  if (error === undefined) {
    return isSuccess(answer) ? delivered(answer) : refused(answer, answer.status === 429 || answer.status >= 500)
  }
  const code = typeof error === 'object' && error !== null ? (error as { readonly code?: unknown }).code : undefined
  if (typeof code === 'number') return refused(answer, AGAIN.has(code))
  return refused(answer, answer.status === 429 || answer.status >= 500)
}

/** Answers of the Graph API, for both of Meta's types. */
import { answerRule, isOfTheMoment, jsonOf } from './answer.ts'

/** Error codes after which the same request may succeed: Meta's own failures, and throttling. */
const AGAIN: ReadonlySet<unknown> = new Set([1, 2, 341, 368, 5000, 21009, 4, 17, 80003])

/**
 * 2xx without `error` is success. An error is judged by its code, whatever the status: Meta's own failures and throttling may be
 * retried, a bad token, parameter or permission is final. Without a code the status decides.
 */
export const respondAsMeta = answerRule((answer) => {
  const { error } = jsonOf(answer)
  if (error === undefined) return undefined
  const code = typeof error === 'object' && error !== null ? (error as { readonly code?: unknown }).code : undefined
  if (typeof code === 'number') return AGAIN.has(code) ? 'again' : 'final'
  return isOfTheMoment(answer.status) ? 'again' : 'final'
})

import type { Outcome } from '../../model/disclosure.ts'
import { delivered, isSuccess, jsonOf, refused } from '../answer.ts'
import type { PartnerAnswer } from '../type.ts'

const DONE = 0
const PARTLY_DONE = 20_001
const THROTTLED = 40_100
/** From here on the fault is TikTok's own. */
const THEIR_FAULT = 50_000

/**
 * HTTP 200 says nothing, its `code` does: 0 and 20001 (partly done) are done, 40100 and 50000 upwards may be tried again,
 * every other code is final, and so is a 200 without one. Other statuses: 429 and 5xx may be tried again.
 */
export function respond(answer: PartnerAnswer): Outcome {
  if (!isSuccess(answer)) return refused(answer, answer.status === 429 || answer.status >= 500)
  const { code } = jsonOf(answer)
  if (code === DONE || code === PARTLY_DONE) return delivered(answer)
  return refused(answer, code === THROTTLED || (typeof code === 'number' && code >= THEIR_FAULT))
}

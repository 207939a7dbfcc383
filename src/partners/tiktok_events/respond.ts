import { answerRule, jsonOf, onSuccess } from '../kit/answer.ts'

const DONE = 0
const PARTLY_DONE = 20_001
const THROTTLED = 40_100
/** From here on the fault is TikTok's own. */
const THEIR_FAULT = 50_000

/**
 * HTTP 200 says nothing, its `code` does: 0 and 20001 (partly done) are done, 40100 and 50000 upwards may be tried again,
 * every other code is final, and so is a 200 without one.
 */
export const respond = answerRule(
  onSuccess((answer) => {
    const { code } = jsonOf(answer)
    if (code === DONE || code === PARTLY_DONE) return 'delivered'
    return code === THROTTLED || (typeof code === 'number' && code >= THEIR_FAULT) ? 'again' : 'final'
  }),
)

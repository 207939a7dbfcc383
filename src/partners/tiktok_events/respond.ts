import { answerRule, jsonOf, onSuccess } from '../kit/answer.ts'

const DONE = 0
const PARTLY_DONE = 20_001
const THROTTLED = 40_100
/** Codes from here on are TikTok's own failures. */
const THEIR_FAULT = 50_000

/**
 * HTTP 200 alone means nothing; its `code` decides: 0 and 20001 (partly done) are success, 40100 and codes from 50000 up may be
 * retried, every other code is final, and so is a 200 without one.
 */
export const respond = answerRule(
  onSuccess((answer) => {
    const { code } = jsonOf(answer)
    if (code === DONE || code === PARTLY_DONE) return 'delivered'
    return code === THROTTLED || (typeof code === 'number' && code >= THEIR_FAULT) ? 'again' : 'final'
  }),
)

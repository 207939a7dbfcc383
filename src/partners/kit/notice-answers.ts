/** Common rules for answers to notices. */
import { isOfTheMoment, readRetryAfter } from './answer.ts'
import type { NoticeAnswer } from './notices.ts'
import type { PartnerAnswer } from './type.ts'

/**
 * The rule for every call: the body decides if `said` can read it; otherwise a 2xx is accepted, a transient status or one about
 * our credentials (RFC 9110 §15.5.2, §15.5.4) may be retried, and any other is final.
 * @param said interprets a complete body; undefined if it reports nothing
 */
export function noticeRule<Facts>(
  said: (answer: PartnerAnswer, facts: Facts) => NoticeAnswer | undefined,
): (answer: PartnerAnswer, facts: Facts) => NoticeAnswer {
  return (answer, facts) => {
    const isTaken = isSuccess(answer)
    if (answer.incomplete === true && isTaken) return { state: 'unclear' }
    const word = answer.incomplete === true ? undefined : said(answer, facts)
    if (word !== undefined) return word
    if (isTaken) return { state: 'accepted' }
    return isOfTheMoment(answer.status) || OUR_CREDENTIALS.has(answer.status) ? again(answer) : { state: 'refused' }
  }
}
/** An expired token is not a refusal of the user's request. */
const OUR_CREDENTIALS = new Set([401, 403])

/** @param leastMs minimum pause that the partner's documentation requires */
export function again(answer: PartnerAnswer, leastMs?: number): NoticeAnswer {
  const asked = readRetryAfter(answer)
  const afterMs = leastMs === undefined ? asked : Math.max(leastMs, asked ?? 0)
  return { state: 'again', ...(afterMs === undefined ? {} : { afterMs }) }
}

export function isSuccess({ status }: PartnerAnswer): boolean {
  return status >= 200 && status <= 299
}

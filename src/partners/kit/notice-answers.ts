/** What answers to notices have in common. */
import { isOfTheMoment, readRetryAfter } from './answer.ts'
import type { NoticeAnswer } from './notices.ts'
import type { PartnerAnswer } from './type.ts'

/**
 * One rule for every call: the body says more where `said` reads it; else a 2xx is taken and no more, what speaks of the
 * moment or of our own credentials (RFC 9110 §15.5.2, §15.5.4) may be told again, and whatever else is final.
 * @param said of a body that is whole; undefined where it says nothing of its own
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
/** A token that has expired is nobody's refusal of a person's wish. */
const OUR_CREDENTIALS = new Set([401, 403])

/** @param leastMs where the partner's documentation asks for a pause of its own */
export function again(answer: PartnerAnswer, leastMs?: number): NoticeAnswer {
  const asked = readRetryAfter(answer)
  const afterMs = leastMs === undefined ? asked : Math.max(leastMs, asked ?? 0)
  return { state: 'again', ...(afterMs === undefined ? {} : { afterMs }) }
}

export function isSuccess({ status }: PartnerAnswer): boolean {
  return status >= 200 && status <= 299
}

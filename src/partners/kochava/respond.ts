import type { Outcome } from '../../model/disclosure.ts'
import { delivered, isSuccess, jsonOf, refused } from '../answer.ts'
import type { PartnerAnswer } from '../type.ts'

/**
 * 200 whose body says `"success": "1"` is done; one that says anything else is final. 429 and 5xx may be tried again, 4xx
 * are final. A free account gets the same good answer and its event is dropped: nothing in the answer tells.
 */
export function respond(answer: PartnerAnswer): Outcome {
  if (isSuccess(answer)) {
    const { success } = jsonOf(answer)
    return success === '1' || success === 1 || success === true ? delivered(answer) : refused(answer, false)
  }
  return refused(answer, answer.status === 429 || answer.status >= 500)
}

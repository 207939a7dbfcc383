import type { Outcome } from '../../model/disclosure.ts'
import { delivered, isSuccess, jsonOf, refused } from '../answer.ts'
import type { PartnerAnswer } from '../type.ts'

/** 2xx is done unless its body says `INVALID`, which is final. 429 and 5xx may be tried again, 4xx are final. */
export function respond(answer: PartnerAnswer): Outcome {
  if (isSuccess(answer)) return jsonOf(answer).status === 'INVALID' ? refused(answer, false) : delivered(answer)
  return refused(answer, answer.status === 429 || answer.status >= 500)
}

import type { Outcome } from '../../model/disclosure.ts'
import { delivered, isSuccess, jsonOf, refused } from '../answer.ts'
import type { PartnerAnswer } from '../type.ts'

/** 200, unless its body names an error, is done. 429 and 5xx may be tried again; 4xx and everything else are final. */
export function respond(answer: PartnerAnswer): Outcome {
  if (isSuccess(answer)) return jsonOf(answer).error === undefined ? delivered(answer) : refused(answer, false)
  return refused(answer, answer.status === 429 || answer.status >= 500)
}

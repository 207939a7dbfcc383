import type { Outcome } from '../../model/disclosure.ts'
import { delivered, isSuccess, refused } from '../answer.ts'
import type { PartnerAnswer } from '../type.ts'

/** 200 is done. 429 and 5xx may be tried again; 400 (a bad key, a missing id) and everything else are final. */
export function respond(answer: PartnerAnswer): Outcome {
  if (isSuccess(answer)) return delivered(answer)
  return refused(answer, answer.status === 429 || answer.status >= 500)
}

import type { Outcome } from '../../model/disclosure.ts'
import { delivered, isSuccess, refused } from '../answer.ts'
import type { PartnerAnswer } from '../type.ts'

/** 2xx is done; 429 and 5xx may be tried again; redirects are never followed and, like other answers, final. */
export function respond(answer: PartnerAnswer): Outcome {
  if (isSuccess(answer)) return delivered(answer)
  return refused(answer, answer.status === 429 || answer.status >= 500)
}

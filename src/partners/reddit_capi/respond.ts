import type { Outcome } from '../../model/disclosure.ts'
import { delivered, isSuccess, refused } from '../answer.ts'
import type { PartnerAnswer } from '../type.ts'

/** 2xx is done: Reddit takes all events of a request or, with 400, none. 429 and 5xx may be tried again, 4xx are final. */
export function respond(answer: PartnerAnswer): Outcome {
  if (isSuccess(answer)) return delivered(answer)
  return refused(answer, answer.status === 429 || answer.status >= 500)
}

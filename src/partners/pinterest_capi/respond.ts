import type { Outcome } from '../../model/disclosure.ts'
import { delivered, isSuccess, jsonOf, refused } from '../answer.ts'
import type { PartnerAnswer } from '../type.ts'

/**
 * 2xx is done unless its body says that not one event was processed, which is final; of a batch it may have taken some.
 * 429 and 5xx may be tried again, 4xx are final.
 */
export function respond(answer: PartnerAnswer): Outcome {
  if (!isSuccess(answer)) return refused(answer, answer.status === 429 || answer.status >= 500)
  return jsonOf(answer).num_events_processed === 0 ? refused(answer, false) : delivered(answer)
}

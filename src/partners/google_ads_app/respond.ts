import type { Outcome } from '../../model/disclosure.ts'
import { delivered, isSuccess, jsonOf, refused } from '../answer.ts'
import type { PartnerAnswer } from '../type.ts'

/** 2xx is done unless its body lists `errors`, which is final. 429 and 5xx may be tried again, 4xx are final. */
export function respond(answer: PartnerAnswer): Outcome {
  if (!isSuccess(answer)) return refused(answer, answer.status === 429 || answer.status >= 500)
  const { errors } = jsonOf(answer)
  return Array.isArray(errors) && errors.length > 0 ? refused(answer, false) : delivered(answer)
}

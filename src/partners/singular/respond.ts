import type { Outcome } from '../../model/disclosure.ts'
import { delivered, isSuccess, jsonOf, refused } from '../answer.ts'
import type { PartnerAnswer } from '../type.ts'

/** "200 if the call is successful, any other code means you should retry"; a 200 whose body says `error` is final. Redirects are never followed. */
export function respond(answer: PartnerAnswer): Outcome {
  if (isSuccess(answer)) return jsonOf(answer).status === 'error' ? refused(answer, false) : delivered(answer)
  return refused(answer, answer.status >= 400)
}

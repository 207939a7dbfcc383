import type { Outcome } from '../../model/disclosure.ts'
import { delivered, isSuccess, refused } from '../answer.ts'
import type { PartnerAnswer } from '../type.ts'

/** 2xx is done; 408, 425, 429 and 5xx may be tried again; everything else is final: 410, and redirects, which are never followed. */
export function respond(answer: PartnerAnswer): Outcome {
  const { status } = answer
  if (isSuccess(answer)) return delivered(answer)
  return refused(answer, status === 408 || status === 425 || status === 429 || status >= 500)
}

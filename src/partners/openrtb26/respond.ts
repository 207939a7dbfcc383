import type { Outcome } from '../../model/disclosure.ts'
import { delivered, isSuccess, refused } from '../answer.ts'
import type { PartnerAnswer } from '../type.ts'

/** 200 with a bid and 204 without are both done. Nothing is ever tried again: the auction is over. */
export function respond(answer: PartnerAnswer): Outcome {
  return isSuccess(answer) ? delivered(answer) : refused(answer, false)
}

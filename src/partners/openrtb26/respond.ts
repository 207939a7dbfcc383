import { answerRule } from '../kit/answer.ts'

/** 200 with a bid and 204 without are both done. What may be tried again is not, unless a contract says so: the auction is over. */
export const respond = answerRule()

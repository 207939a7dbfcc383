import { answerRule } from '../kit/answer.ts'

/** 200 with a bid and 204 without one are success. Retryable failures are not retried unless a contract says so: the auction is over. */
export const respond = answerRule()

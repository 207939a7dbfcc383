import { answerRule } from '../kit/answer.ts'

/** 2xx is done: Reddit takes all events of a request or, with 400, none. */
export const respond = answerRule()

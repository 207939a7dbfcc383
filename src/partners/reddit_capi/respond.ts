import { answerRule } from '../kit/answer.ts'

/** 2xx is success: Reddit accepts all events of a request or, with 400, none. */
export const respond = answerRule()

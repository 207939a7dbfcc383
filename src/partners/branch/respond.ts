import { answerRule } from '../kit/answer.ts'

/** 200 is success; 400 (a bad key, a missing id) and the other 4xx are final. */
export const respond = answerRule()

import { answerRule } from '../kit/answer.ts'

/** 200 is done; 400 (a bad key, a missing id) and everything else of its kind is final. */
export const respond = answerRule()

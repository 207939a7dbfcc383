import { answerRule, jsonOf, onSuccess } from '../kit/answer.ts'

/** 200, unless its body names an error, which is final, is done. */
export const respond = answerRule(onSuccess((answer) => (jsonOf(answer).error === undefined ? 'delivered' : 'final')))

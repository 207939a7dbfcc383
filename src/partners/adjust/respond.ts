import { answerRule, jsonOf, onSuccess } from '../kit/answer.ts'

/** 200 is success, unless its body names an error, which is final. */
export const respond = answerRule(onSuccess((answer) => (jsonOf(answer).error === undefined ? 'delivered' : 'final')))

import { answerRule, jsonOf, onSuccess } from '../kit/answer.ts'

/** 2xx is success, unless its body says `INVALID`, which is final. */
export const respond = answerRule(onSuccess((answer) => (jsonOf(answer).status === 'INVALID' ? 'final' : 'delivered')))

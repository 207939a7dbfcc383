import { answerRule, jsonOf, onSuccess } from '../kit/answer.ts'

/** 2xx is success, unless its body lists `errors`, which is final. */
export const respond = answerRule(
  onSuccess((answer) => {
    const { errors } = jsonOf(answer)
    return Array.isArray(errors) && errors.length > 0 ? 'final' : 'delivered'
  }),
)

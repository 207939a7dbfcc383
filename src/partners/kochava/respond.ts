import { answerRule, jsonOf, onSuccess } from '../kit/answer.ts'

/**
 * 200 whose body says `"success": "1"` is done; one that says anything else is final. A free account gets the same good
 * answer and its event is dropped: nothing in the answer tells.
 */
export const respond = answerRule(
  onSuccess((answer) => {
    const { success } = jsonOf(answer)
    return success === '1' || success === 1 || success === true ? 'delivered' : 'final'
  }),
)

import { answerRule, jsonOf, onSuccess } from '../kit/answer.ts'

/**
 * 200 whose body says `"success": "1"` is success; any other 200 is final. A free account gets the same answer although its event
 * is dropped: the answer does not reveal it.
 */
export const respond = answerRule(
  onSuccess((answer) => {
    const { success } = jsonOf(answer)
    return success === '1' || success === 1 || success === true ? 'delivered' : 'final'
  }),
)

import { answerRule, jsonOf } from '../kit/answer.ts'

/** "200 if the call is successful, any other code means you should retry"; a 200 whose body says `error` is final. Redirects are never followed. */
export const respond = answerRule((answer) => {
  if (answer.status >= 400) return 'again'
  if (answer.status >= 300) return undefined
  return jsonOf(answer).status === 'error' ? 'final' : 'delivered'
})

import { answerRule, onSuccess } from '../kit/answer.ts'

/** 200 with `OK` is success; a 200 with any other body is final. */
export const respond = answerRule(
  onSuccess(({ status, body }) => (status === 200 && /^\s*"?ok"?\s*$/i.test(body) ? 'delivered' : 'final')),
)

import { answerRule, onSuccess } from '../kit/answer.ts'

/** 200 with `OK` means received; a 200 that says anything else does not, and is final. */
export const respond = answerRule(
  onSuccess(({ status, body }) => (status === 200 && /^\s*"?ok"?\s*$/i.test(body) ? 'delivered' : 'final')),
)

import { answerRule, jsonOf, onSuccess } from '../kit/answer.ts'

/** 2xx is success, unless its body reports no processed event, which is final; a batch may be accepted in part. */
export const respond = answerRule(
  onSuccess((answer) => (jsonOf(answer).num_events_processed === 0 ? 'final' : 'delivered')),
)

import { answerRule, jsonOf, onSuccess } from '../kit/answer.ts'

/** 2xx is done unless its body says that not one event was processed, which is final; of a batch it may have taken some. */
export const respond = answerRule(
  onSuccess((answer) => (jsonOf(answer).num_events_processed === 0 ? 'final' : 'delivered')),
)

import { answerRule } from '../kit/answer.ts'

/** 2xx is success; redirects are never followed and final. */
export const respond = answerRule()

import { answerRule } from '../kit/answer.ts'

/** 2xx is success, whatever the body; 410 and redirects, which are never followed, are final. */
export const respond = answerRule()

import { answerRule } from '../kit/answer.ts'

/** 2xx is done, whatever the body; 410, and redirects, which are never followed, are final. */
export const respond = answerRule()

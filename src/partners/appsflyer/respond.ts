import type { Outcome } from '../../model/disclosure.ts'
import { delivered, refused } from '../answer.ts'
import type { PartnerAnswer } from '../type.ts'

/**
 * 200 with `OK` means received; a 200 that says anything else does not, and is final. 429 and 5xx may be tried again;
 * 400, 401, 403 and everything else are final.
 */
export function respond(answer: PartnerAnswer): Outcome {
  const { status, body } = answer
  if (status === 200) return /^\s*"?ok"?\s*$/i.test(body) ? delivered(answer) : refused(answer, false)
  return refused(answer, status === 429 || status >= 500)
}

/**
 * Free text of control requests: a message, a reason, a note. It may name a person, so it is kept beside revisions,
 * proposals and holds, where it can be removed, and MUST NOT reach the ledger, which can never forget.
 */
import { z } from 'zod'

const MAX_CHARACTERS = 500

/** One line; default ''. A change that gives more is refused with a longer one, so that nobody reads half a reason. */
export const LINE = z
  .string()
  .max(MAX_CHARACTERS)
  .regex(/^[^\p{Cc}]*$/u, 'one line')

/** What the ledger can say of why somebody stopped sending. */
export const STOP_REASONS = ['incident', 'privacy_request', 'contract', 'maintenance', 'unsaid'] as const
export type StopReason = (typeof STOP_REASONS)[number]

/**
 * Whatever stands in the place of a stop's reason: a stop never fails on its comment. One of the words, in any case and
 * with a space or dash for the underscore, is recorded; anything else counts as `unsaid` and is kept nowhere.
 */
export const STOP_REASON = z
  .unknown()
  .optional()
  .transform(stopReasonOf)
  .describe(`Why, as one of ${STOP_REASONS.join(', ')}. Any other comment is taken, counts as unsaid and is not kept.`)

function stopReasonOf(comment: unknown): StopReason {
  if (typeof comment !== 'string' || comment.length > MAX_CHARACTERS) return 'unsaid'
  const word = comment.trim().toLowerCase().replace(/[\s-]/g, '_')
  return STOP_REASONS.find((known) => known === word) ?? 'unsaid'
}

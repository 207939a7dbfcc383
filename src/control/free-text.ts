/**
 * Free text in control requests: a message, a reason, a note. It may name a person, so it is stored with revisions, proposals
 * and holds, where it can be removed, and MUST NOT reach the ledger, which cannot forget.
 */
import { z } from 'zod'

const MAX_CHARACTERS = 500

/** One line; default ''. Too long a text is refused rather than cut. */
export const LINE = z
  .string()
  .max(MAX_CHARACTERS)
  .regex(/^[^\p{Cc}]*$/u, 'one line')

/** The reasons for a stop that the ledger records. */
export const STOP_REASONS = ['incident', 'privacy_request', 'contract', 'maintenance', 'unsaid'] as const
export type StopReason = (typeof STOP_REASONS)[number]

/**
 * A stop's reason, leniently parsed, so that a stop never fails on it. A known word is recorded, in any case and with a space
 * or dash for the underscore; anything else becomes `unsaid` and is not stored.
 */
export const STOP_REASON = z
  .unknown()
  .optional()
  .transform(stopReasonOf)
  .describe(`Reason: one of ${STOP_REASONS.join(', ')}. Any other text is accepted and discarded.`)

function stopReasonOf(comment: unknown): StopReason {
  if (typeof comment !== 'string' || comment.length > MAX_CHARACTERS) return 'unsaid'
  const word = comment.trim().toLowerCase().replace(/[\s-]/g, '_')
  return STOP_REASONS.find((known) => known === word) ?? 'unsaid'
}

import { isUnreadable } from '../model/json-text.ts'

/**
 * The id that distinguishes an event from all others of its app, for de-duplication. A number becomes its digits. Undefined for
 * null, an empty text, list or object, which is how serialisers write a missing value (rudder-server, `gateway`, `fillMessageID`,
 * treats non-texts and blank texts the same way), and for corrupted text, which could merge two events.
 */
export function messageIdOf(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : undefined
  return typeof value === 'string' && value.trim() !== '' && !isUnreadable(value) ? value : undefined
}

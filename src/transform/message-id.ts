/** What tells an event from every other of its app. */
import { isUnreadable } from '../model/json-text.ts'

/**
 * Serialisers write "none" as null, an empty text, list or object: an event without an id, as without the member. RudderStack's
 * server makes an id for whatever is no text, or a blank one (rudder-server, `gateway`, `fillMessageID`). A number is its digits. What
 * was spoilt on its way is none either: two events would be one.
 */
export function messageIdOf(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : undefined
  return typeof value === 'string' && value.trim() !== '' && !isUnreadable(value) ? value : undefined
}

/** When an event happened, corrected for the sender's clock. */
import type { EpochMs, JsonObject } from '../model/brand.ts'

/** `receivedAt - (sentAt - timestamp)`: the sender's clock may be wrong, but its differences are correct. */
export function eventTime(
  event: JsonObject,
  { receivedAt, sentAt }: { readonly receivedAt: EpochMs; readonly sentAt: EpochMs | undefined },
): string {
  const stated = parseTime(event.originalTimestamp) ?? parseTime(event.timestamp)
  if (stated === undefined) return isoTime(receivedAt)
  const age = (sentAt ?? receivedAt) - stated
  return isoTime(age >= 0 ? receivedAt - age : receivedAt)
}

/** ISO 8601 text to epoch milliseconds; undefined for anything else. */
export function parseTime(value: unknown): EpochMs | undefined {
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}T/.test(value)) return undefined
  const time = Date.parse(value)
  return Number.isNaN(time) ? undefined : time
}

function isoTime(time: EpochMs): string {
  return time >= 0 && time < 253_402_300_800_000 ? new Date(time).toISOString() : new Date(0).toISOString()
}

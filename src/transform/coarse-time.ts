/** Time treatments: truncates an ISO 8601 UTC time to its hour or day. */
import { HOUR, type Level, topOf } from '../model/field-class.ts'

const WHOLE: Level = topOf('time')

/** Undefined if the text is not an ISO time. */
export function coarseTime(time: string, level: Level): string | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?Z$/.test(time)) return undefined
  if (level >= WHOLE) return time
  return level === HOUR ? `${time.slice(0, 13)}:00:00.000Z` : `${time.slice(0, 10)}T00:00:00.000Z`
}

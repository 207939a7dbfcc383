/** Time treatments: cuts an ISO 8601 UTC time to its hour or day. */

/** @param level 1 = day, 2 = hour, 3 = as it is; text that is no ISO time gives undefined */
export function coarseTime(time: string, level: number): string | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?Z$/.test(time)) return undefined
  if (level >= 3) return time
  return level === 2 ? `${time.slice(0, 13)}:00:00.000Z` : `${time.slice(0, 10)}T00:00:00.000Z`
}

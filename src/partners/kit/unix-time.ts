/** Times as partners count them. Undefined if the time was withheld or is invalid. */

/** Whole seconds since 1970. */
export function unixSeconds(time: string | undefined): number | undefined {
  const ms = unixMillis(time)
  return ms === undefined ? undefined : Math.floor(ms / 1_000)
}

/** Milliseconds since 1970. */
export function unixMillis(time: string | undefined): number | undefined {
  if (time === undefined) return undefined
  const ms = Date.parse(time)
  return Number.isNaN(ms) ? undefined : ms
}

/** Rounds to figures: medians and spread, never a mean that one slow round moves. */

export interface Figures {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** Throws a RangeError for no values. */
export function figuresOf(values: readonly number[]): Figures {
  const sorted = values.toSorted((a, b) => a - b)
  return { median: quantile(sorted, 0.5), min: quantile(sorted, 0), max: quantile(sorted, 1) }
}

/** The value below which `share` (0…1) of the ascending values lie. */
export function quantile(sorted: readonly number[], share: number): number {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
  if (value === undefined) throw new RangeError('no values')
  return value
}

/** At three significant digits, thousands separated. */
export function shown(value: number): string {
  if (value !== 0 && Math.abs(value) < 100) return String(Number(value.toPrecision(3)))
  return Math.round(value).toLocaleString('en')
}

export function shownRange({ min, max }: Figures): string {
  return `${shown(min)}..${shown(max)}`
}

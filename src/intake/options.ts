export const HOUR_MS = 3_600_000

/** The operator's settings of the intake. */
export interface IntakeOptions {
  /** A new file begins after this many hours, 0.01 to 24, … */
  readonly segmentHours: number
  /** … or this many events, 1,000 to 10,000,000. */
  readonly segmentRows: number
  /** Settled events are kept for at least this long, so that they can be replayed. In hours. */
  readonly keepHours: number
  /** Older events are never sent: their pairs end as `expired`. In hours, at least `keepHours`. */
  readonly maxAgeHours: number
  /** The de-duplication window: this many milliseconds … */
  readonly dedupeWindowMs: number
  /** … or this many keys, whichever is less; 28 bytes of memory each. After a restart it covers only kept files. */
  readonly dedupeMaxKeys: number
  /** Bytes of parsed events that all partners share; approximate. */
  readonly windowBytes: number
  /** Unwrapped subject keys cached in memory, about half a kilobyte each. */
  readonly subjectKeys: number
  /** How long the first event of a group waits for others to share a sync, in milliseconds; 0: not at all. */
  readonly appendLingerMs: number
  /** How long settlements wait for others to share a sync, in milliseconds. */
  readonly settleLingerMs: number
  /** Interval of checks for files to unlink, in milliseconds. */
  readonly maintainEveryMs: number
}

const DEFAULT_OPTIONS: IntakeOptions = {
  segmentHours: 1,
  segmentRows: 1_000_000,
  keepHours: 24,
  maxAgeHours: 72,
  dedupeWindowMs: 24 * HOUR_MS,
  dedupeMaxKeys: 1_000_000,
  windowBytes: 32 * 1024 * 1024,
  subjectKeys: 20_000,
  appendLingerMs: 2,
  settleLingerMs: 5,
  maintainEveryMs: 60_000,
}

/** Adds the defaults. Throws a RangeError that names the invalid or unknown option. */
export function requireOptions(given: Partial<IntakeOptions>): IntakeOptions {
  const options = { ...DEFAULT_OPTIONS, ...given }
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(DEFAULT_OPTIONS, name)) throw new RangeError(`intake: there is no option ${name}`)
    if (!Number.isFinite(value) || value < 0) throw new RangeError(`intake: ${name} must be a number from 0 upwards`)
  }
  for (const name of ['segmentRows', 'dedupeMaxKeys', 'subjectKeys'] as const) {
    if (!Number.isInteger(options[name]) || options[name] < 1) {
      throw new RangeError(`intake: ${name} must be a whole number from 1 upwards`)
    }
  }
  if (options.segmentHours === 0) throw new RangeError('intake: segmentHours must be more than 0')
  if (options.maxAgeHours < options.keepHours) throw new RangeError('intake: maxAgeHours must be at least keepHours')
  return options
}

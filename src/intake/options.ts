export const HOUR_MS = 3_600_000

/** What an operator may set about the intake. */
export interface IntakeOptions {
  /** A new file is begun after so many hours, 0.01 to 24, … */
  readonly segmentHours: number
  /** … or so many events, 1,000 to 10,000,000. */
  readonly segmentRows: number
  /** Settled events are kept at least this long, so that they can be replayed. In hours. */
  readonly keepHours: number
  /** What is older is never sent: its pairs end as `expired`. In hours, at least `keepHours`. */
  readonly maxAgeHours: number
  /** The de-duplication window: so many milliseconds … */
  readonly dedupeWindowMs: number
  /** … or so many keys, whichever is less; 28 bytes of memory each. After a restart it reaches back as far as kept files. */
  readonly dedupeMaxKeys: number
  /** Bytes of parsed events that all partners share, roughly. */
  readonly windowBytes: number
  /** Unwrapped subject keys held in memory, about half a kilobyte each. */
  readonly subjectKeys: number
  /** The first event of a group waits so many milliseconds for others to share a sync with; 0 takes what is there. */
  readonly appendLingerMs: number
  /** Settlements wait so many milliseconds for others to share a sync with. */
  readonly settleLingerMs: number
  /** Between two looks at what may be unlinked, in milliseconds. */
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

/** Fills in the defaults. Throws a RangeError that names the option at fault, also one that there is not. */
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

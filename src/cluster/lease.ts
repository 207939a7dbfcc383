/**
 * Until when this cell may act on its copy. A lease counts from the moment at which its renewal was sent, never from the
 * answer, and by two clocks: the monotonic one, which may stand still while a machine is suspended, and the wall clock,
 * which may be set back. Both must say that it has not run out.
 */

/** A wall clock that is slewed by its time service stays within this. */
const WALL_TOLERANCE_MS = 200

export interface Clocks {
  /** Milliseconds that only go forward; `performance.now`. */
  readonly elapsedMs: () => number
  /** `Date.now`. */
  readonly wallMs: () => number
}
export interface Instant {
  readonly elapsedMs: number
  readonly wallMs: number
}

export interface Lease {
  /** To be taken before a renewal is sent. */
  instant(): Instant
  /**
   * The renewal that was sent then is durable, and everything it could see is in force here. Counts for nothing where the
   * clocks moved apart since: the machine was suspended, or somebody set its clock.
   */
  renewed(sent: Instant): void
  /** From now on it may not act, whatever was renewed. */
  drop(): void
  holds(): boolean
  /** Milliseconds that are left; 0 where it has run out. */
  leftMs(): number
}

/** @param lengthMs how long one renewal lasts */
export function createLease({ elapsedMs, wallMs }: Clocks, lengthMs: number): Lease {
  let until: Instant = { elapsedMs: Number.NEGATIVE_INFINITY, wallMs: Number.NEGATIVE_INFINITY }
  const instant = (): Instant => ({ elapsedMs: elapsedMs(), wallMs: wallMs() })
  const leftMs = (): number => {
    const now = instant()
    return Math.max(0, Math.min(until.elapsedMs - now.elapsedMs, until.wallMs + WALL_TOLERANCE_MS - now.wallMs))
  }
  return {
    instant,
    renewed: (sent) => {
      const now = instant()
      const apart = Math.abs(now.wallMs - sent.wallMs - (now.elapsedMs - sent.elapsedMs))
      if (apart > WALL_TOLERANCE_MS) return
      until = { elapsedMs: sent.elapsedMs + lengthMs, wallMs: sent.wallMs + lengthMs }
    },
    drop: () => {
      until = { elapsedMs: Number.NEGATIVE_INFINITY, wallMs: Number.NEGATIVE_INFINITY }
    },
    holds: () => leftMs() > 0,
    leftMs,
  }
}

/** How long a writer waits for a cell that says nothing: then whatever lease it had has run out, though clocks run unevenly. */
export function waitOutMs(lengthMs: number): number {
  return Math.ceil(lengthMs * 1.02) + WALL_TOLERANCE_MS
}

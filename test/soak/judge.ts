/** Whether a gateway that ran for long under the same load needed more and more of anything. */

/** What the gateway held at one moment. */
export interface Sample {
  /** Since the load began, in milliseconds. */
  readonly atMs: number
  /** What the heaps of all threads held after a collection, in bytes. */
  readonly live: number
  /** Private memory (`RssAnon`), in bytes: what collectors leave for later included. */
  readonly memory: number
  /** Open files, sockets and pipes. */
  readonly descriptors: number
  /** How long an answer took that needs no work, in milliseconds: what a turn of the event loop waits. */
  readonly lagMs: number
  /** Of the data folder, in bytes. */
  readonly disk: number
  /** Events accepted so far. */
  readonly accepted: number
}

export interface Finding {
  readonly what: string
  readonly holds: boolean
}

/** What waits to be sent at the moment of a collection differs. */
const LIVE_MAY_GROW = 1.1
/** Connections of senders and partners come and go. */
const DESCRIPTORS_MAY_GROW = 32
const DISK_MAY_GROW = 1.25
const LONGEST_LAG_MS = 500

/**
 * Compares the last third with the one before; the first third fills caches and is left out.
 * @param samples in the order of time, at least nine
 * @throws RangeError where there are fewer
 */
export function judgeSamples(samples: readonly Sample[]): readonly Finding[] {
  const third = Math.floor(samples.length / 3)
  if (third < 3) throw new RangeError('a soak needs at least nine samples to be judged')
  const before = samples.slice(-2 * third, -third)
  const last = samples.slice(-third)
  const live = [before, last].map((part) => median(part.map((sample) => sample.live))) as [number, number]
  const descriptors = [before, last].map((part) => Math.max(...part.map((sample) => sample.descriptors))) as [
    number,
    number,
  ]
  const disk = [before, last].map(bytesAnEvent) as [number, number]
  const lag = ascending(last.map((sample) => sample.lagMs))[Math.floor(last.length * 0.99)]!
  return [
    {
      what:
        `what the heaps hold stays: ${megabytes(live[0])} MB in the second third, ${megabytes(live[1])} MB in the last ` +
        `(private memory at most ${megabytes(Math.max(...samples.map(({ memory }) => memory)))} MB)`,
      holds: live[1] <= live[0] * LIVE_MAY_GROW,
    },
    {
      what: `open files and sockets stay: at most ${descriptors[0]}, then ${descriptors[1]}`,
      holds: descriptors[1] <= descriptors[0] + DESCRIPTORS_MAY_GROW,
    },
    {
      what: `an event takes the same room on disk: ${Math.round(disk[0])} bytes, then ${Math.round(disk[1])}`,
      holds: disk[1] <= disk[0] * DISK_MAY_GROW,
    },
    {
      what: `an answer without work has a p99 within ${LONGEST_LAG_MS} ms at the end (${Math.round(lag)} ms)`,
      holds: lag <= LONGEST_LAG_MS,
    },
  ]
}

function bytesAnEvent(part: readonly Sample[]): number {
  const [from, to] = [part[0]!, part.at(-1)!]
  return Math.max(0, to.disk - from.disk) / Math.max(1, to.accepted - from.accepted)
}

const ascending = (values: readonly number[]): readonly number[] => values.toSorted((a, b) => a - b)
const median = (values: readonly number[]): number => ascending(values)[Math.floor(values.length / 2)]!
export const megabytes = (bytes: number): number => Math.round(bytes / 1_048_576)

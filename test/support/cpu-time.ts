/** How long work takes in CPU time of its own thread: what else the machine does adds nothing to it. */

/** Milliseconds. The clock ticks in about one of them, so that short work is measured by running it many times. */
export function threadMs(work: () => unknown): number {
  const before = process.threadCpuUsage()
  work()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1_000
}

/** What `reference` takes on the machine that limits in milliseconds were set on: two virtual cores of a Xeon, at rest. */
const REFERENCE_MS = 75

/**
 * How much slower than that one this machine is now, at least 1. Machines of one name differ by half, and by the hour, so a limit
 * in milliseconds is meant for that one: multiply it by this where it is exceeded.
 */
export function slowness(): number {
  return Math.max(1, Math.min(threadMs(reference), threadMs(reference), threadMs(reference)) / REFERENCE_MS)
}

function reference(): number {
  const text = 'Rob Álicen 0123456789abcdef '.repeat(2_000)
  let sum = 0
  for (let round = 0; round < 40; round++) {
    const words = text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().split(' ')
    sum += JSON.stringify(JSON.parse(JSON.stringify(words))).length
  }
  return sum
}

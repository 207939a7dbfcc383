/** How long work takes in CPU time of its own thread: what else the machine does adds nothing to it. */

/** Milliseconds. The clock ticks in about one of them, so that short work is measured by running it many times. */
export function threadMs(work: () => unknown): number {
  const before = process.threadCpuUsage()
  work()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1_000
}

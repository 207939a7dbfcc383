/** What a benchmark has started, ended in reverse order. */
export interface Stops {
  /** Ends it with the others, once it has started. */
  later<Started extends { stop(): unknown }>(starting: Promise<Started>): Promise<Started>
  add(stop: () => unknown): void
}

/** Runs `work`, and ends what it started, however it ends. */
export async function withStops<Result>(work: (stops: Stops) => Promise<Result>): Promise<Result> {
  const all: (() => unknown)[] = []
  const add = (stop: () => unknown): void => {
    all.push(stop)
  }
  const later: Stops['later'] = async (starting) => {
    const started = await starting
    add(() => started.stop())
    return started
  }
  try {
    return await work({ later, add })
  } finally {
    for (const stop of all.reverse()) await stop()
  }
}

/** Batches publications of changes. */

export interface InForce {
  /** Notes a durable change that must be in force before it is acknowledged. */
  changed(): void
  /** Resolves once every change noted so far is in force. Rejects as `publish` does. */
  settled(): Promise<void>
}

/** @param publish resolves when everything durable before the call is in force on every data thread */
export function createInForce(publish: () => Promise<void>): InForce {
  let changes = 0
  let published = 0
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined

  const run = async (): Promise<void> => {
    const covered = changes
    await publish()
    if (covered > published) published = covered
  }
  /** A publication that began before a change does not cover it, so later changes share the next one. */
  const startNext = async (): Promise<void> => {
    await Promise.allSettled([running])
    next = undefined
    running = run()
    return running
  }

  return {
    changed: () => {
      changes += 1
    },
    settled: () => {
      if (published >= changes) return Promise.resolve()
      next ??= startNext()
      return next
    },
  }
}

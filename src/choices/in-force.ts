/** Publishes changes, several at once, and remembers what is still owed. */

export interface InForce {
  /** Something more restrictive is durable: nobody may be told before it is in force. */
  changed(): void
  /** Resolves once every change noted so far is in force; at once when all are. Rejects as `publish` does. */
  settled(): Promise<void>
}

/** @param publish resolves when all that was durable before the call is in force on every data thread */
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
  /** A publication that began before a change does not count for it, so late-comers share the following one. */
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

/** Notifies a partner's listener that pairs may be due: soon, or at a later time. */
import type { PartnerId } from '../model/brand.ts'

/** Appends share a wake-up: a pull for each costs more than the events it brings. */
const SOON_MS = 4
/** Maximum timer; later times are set again. */
const MAX_WAIT_MS = 3_600_000

export interface WakeUps {
  /** One listener for each partner; a second replaces the first. */
  listen(partner: PartnerId, listener: () => void): void
  /** Within 4 ms. */
  wake(partner: PartnerId): void
  /** Undefined: no time is known, and an earlier one stays set. */
  wakeIn(partner: PartnerId, delayMs: number | undefined): void
  stop(): void
}

export function createWakeUps(): WakeUps {
  const listeners = new Map<PartnerId, () => void>()
  const timers = new Map<PartnerId, { readonly at: number; readonly timer: NodeJS.Timeout }>()
  const woken = new Set<PartnerId>()
  let soon: NodeJS.Timeout | undefined

  const flush = (): void => {
    soon = undefined
    const partners = [...woken]
    woken.clear()
    for (const partner of partners) listeners.get(partner)?.()
  }
  const wake = (partner: PartnerId): void => {
    woken.add(partner)
    soon ??= setTimeout(flush, SOON_MS)
  }
  return {
    listen: (partner, listener) => {
      listeners.set(partner, listener)
    },
    wake,
    wakeIn: (partner, delayMs) => {
      if (delayMs === undefined) return
      if (delayMs === 0) return wake(partner)
      // By the other thread's clock, a timer may fire up to a millisecond early.
      const waitMs = Math.min(delayMs + 1, MAX_WAIT_MS)
      const at = performance.now() + waitMs
      const set = timers.get(partner)
      if (set !== undefined && set.at <= at) return
      clearTimeout(set?.timer)
      const timer = setTimeout(() => {
        timers.delete(partner)
        listeners.get(partner)?.()
      }, waitMs)
      timers.set(partner, { at, timer: timer.unref() })
    },
    stop: () => {
      clearTimeout(soon)
      for (const { timer } of timers.values()) clearTimeout(timer)
      timers.clear()
      listeners.clear()
    },
  }
}

/**
 * Detects overload from three figures: how long pending requests would take at the recent rate, how long the oldest has
 * waited, and how late the event loop is. All are checked before a body is read, so that senders are deferred in time.
 */
import type { UnderWay } from '../observe/under-way.ts'

/** This many concurrent requests are never too many: one slow sync of a disk is not overload. */
const ALWAYS_TAKEN = 32
/** Answers within two seconds are promised, and a new request waits behind those pending. */
const MAX_WAIT_SECONDS = 0.7
const MAX_AGE_SECONDS = 1.2
const MAX_LAG_MS = 400
const LOOK_EVERY_MS = 50
/** What remains of a lag after one sample without lag. */
const FADING = 0.8
/** A request's fixed cost, in bytes. */
const REQUEST_BYTES = 2_000
/** Bytes a second until measured: the rate of a slow machine. */
const FIRST_PACE = 5_000_000
/** Requests pending for a measured rate to count: with fewer, it shows demand and not capacity. */
const BUSY = 8
/** Weight of a new sample of the rate. */
const NEWS = 0.1

export interface Load {
  /** A request of this size has arrived in full. Call the returned function once it is answered. */
  begin(bytes: number): () => void
  /** True if no more should be accepted. */
  isOver(): boolean
  stop(): void
}

/** @param underWay counts by the clock `nowMs` */
export function createLoad(underWay: UnderWay, nowMs: () => number): Load {
  let waiting = 0
  let waitingBytes = 0
  let doneBytes = 0
  let pace = FIRST_PACE
  let wasBusy = false
  let lagMs = 0
  let sampledAt = nowMs()
  const look = (): void => {
    const at = nowMs()
    const passedMs = Math.max(1, at - sampledAt)
    sampledAt = at
    lagMs = Math.max(passedMs - LOOK_EVERY_MS, lagMs * FADING)
    const isBusy = waiting >= BUSY
    if (isBusy && wasBusy) {
      // A late sample covers more time and weighs more.
      const part = 1 - (1 - NEWS) ** (passedMs / LOOK_EVERY_MS)
      pace += ((doneBytes * 1_000) / passedMs - pace) * part
    }
    wasBusy = isBusy
    doneBytes = 0
  }
  const timer = setInterval(look, LOOK_EVERY_MS).unref()
  return {
    begin: (bytes) => {
      const end = underWay.begin()
      const weight = bytes + REQUEST_BYTES
      let isOut = false
      waiting += 1
      waitingBytes += weight
      return () => {
        if (isOut) return
        isOut = true
        waiting -= 1
        waitingBytes -= weight
        doneBytes += weight
        end()
      }
    },
    isOver: () =>
      waiting > ALWAYS_TAKEN &&
      (waitingBytes > Math.max(pace, 1) * MAX_WAIT_SECONDS ||
        underWay.oldestSeconds() > MAX_AGE_SECONDS ||
        lagMs > MAX_LAG_MS),
    stop: () => clearInterval(timer),
  }
}

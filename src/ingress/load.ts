/**
 * Whether more comes in than is got through: by how long what is here would take at the pace of the last seconds, by how long the
 * oldest of it has waited, and by how late the event loop is. All are looked at before a body is read, so that senders are asked to
 * wait while there is still time to ask them.
 */
import type { UnderWay } from '../observe/under-way.ts'

/** So many requests at once are never too many: one slow sync of a disk is no overload. */
const ALWAYS_TAKEN = 32
/** An answer in two seconds is promised, and what is taken in now waits behind what is here. */
const MAX_WAIT_SECONDS = 0.7
const MAX_AGE_SECONDS = 1.2
const MAX_LAG_MS = 400
const LOOK_EVERY_MS = 50
/** What is left of a lag after one look without one. */
const FADING = 0.8
/** What a request costs beside its bytes, in bytes. */
const REQUEST_BYTES = 2_000
/** Bytes a second, until it is known better: a slow machine's. */
const FIRST_PACE = 5_000_000
/** So many wait while a pace is believed: with fewer it says what was asked for, not what could be done. */
const BUSY = 8
/** Of a new look at the pace, the part that counts. */
const NEWS = 0.1

export interface Load {
  /** A request of so many bytes is here in full and waits for its answer. The function it returns is called when that is out. */
  begin(bytes: number): () => void
  /** More should not be taken in. */
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
  let lookedAt = nowMs()
  const look = (): void => {
    const at = nowMs()
    const passedMs = Math.max(1, at - lookedAt)
    lookedAt = at
    lagMs = Math.max(passedMs - LOOK_EVERY_MS, lagMs * FADING)
    const isBusy = waiting >= BUSY
    if (isBusy && wasBusy) {
      // A late look has seen more, and counts for more.
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

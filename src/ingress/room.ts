/**
 * Capacity for one kind of request: a maximum number, and a maximum of bytes. One address may use all of it while it is
 * idle. If it is full and a group with less arrives, the group with the most yields a request that has not fully
 * arrived.
 */

/** One request that takes capacity. */
export interface Guest {
  /** Its group: see `platform/address-group.ts`. */
  readonly group: string
  /** The maximum of its body, inflated. */
  readonly bytes: number
  /** True while its body is still arriving. */
  readonly isSending: () => boolean
  /** Its capacity goes to another request: answers it and ends its connection. */
  readonly evict: () => void
}

export interface Room {
  /** Undefined if there is none. The returned function, which may be called repeatedly, releases the capacity. */
  enter(guest: Guest): (() => void) | undefined
  requests(): number
}

/** How long a slow sender may keep its capacity. */
const PATIENCE_MS = 500

export function createRoom(mostRequests: number, mostBytes: number, nowMs: () => number): Room {
  /** By group, oldest first, with the time of arrival. */
  const groups = new Map<string, Map<Guest, number>>()
  let requests = 0
  let bytes = 0

  const leave = (guest: Guest): void => {
    const group = groups.get(guest.group)
    if (group?.delete(guest) !== true) return
    if (group.size === 0) groups.delete(guest.group)
    requests -= 1
    bytes -= guest.bytes
  }
  const weightOf = (group: string, byBytes: boolean): number => {
    const guests = groups.get(group)
    if (guests === undefined || !byBytes) return guests?.size ?? 0
    let sum = 0
    for (const one of guests.keys()) sum += one.bytes
    return sum
  }
  /** False if no group has more than this one would have then. */
  const tryEvict = (guest: Guest, byBytes: boolean): boolean => {
    let largest: string | undefined
    let most = weightOf(guest.group, byBytes) + (byBytes ? guest.bytes : 1)
    for (const group of groups.keys()) {
      const weight = weightOf(group, byBytes)
      if (weight > most) [largest, most] = [group, weight]
    }
    if (largest === undefined) return false
    // A group that holds more than half has no grace period.
    const exceedsHalf = most > (byBytes ? mostBytes : mostRequests) / 2
    const since = nowMs() - (exceedsHalf ? 0 : PATIENCE_MS)
    for (const [other, cameAt] of groups.get(largest)!) {
      if (cameAt > since) return false
      if (!other.isSending()) continue
      leave(other)
      other.evict()
      return true
    }
    return false
  }
  return {
    enter: (guest) => {
      for (;;) {
        const isFull = requests + 1 > mostRequests
        if (!isFull && bytes + guest.bytes <= mostBytes) break
        if (!tryEvict(guest, !isFull)) return undefined
      }
      const group = groups.get(guest.group) ?? new Map<Guest, number>()
      groups.set(guest.group, group)
      group.set(guest, nowMs())
      requests += 1
      bytes += guest.bytes
      return () => leave(guest)
    },
    requests: () => requests,
  }
}

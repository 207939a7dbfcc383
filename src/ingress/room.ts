/**
 * Room for requests of one kind: so many at once, and so many bytes of them. It may be used up by one address while nobody else
 * asks; where it is full and somebody who has less of it comes, who has most of it gives way, by what it has not even sent yet.
 */

/** One request that takes room. */
export interface Guest {
  /** Whom it counts for: see `platform/address-group.ts`. */
  readonly group: string
  /** The most its body may have, inflated. */
  readonly bytes: number
  /** True while its body is still coming. */
  readonly isSending: () => boolean
  /** Its room goes to somebody else: answers it and ends its connection. */
  readonly giveWay: () => void
}

export interface Room {
  /** Undefined where there is none. The function it returns, called once or more, gives the room back. */
  enter(guest: Guest): (() => void) | undefined
  requests(): number
}

/** How long whoever sends slowly is left alone. */
const PATIENCE_MS = 500

export function createRoom(mostRequests: number, mostBytes: number, nowMs: () => number): Room {
  /** By group, the oldest first, with when each came. */
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
  /** False where nobody has more than the group would have then. */
  const makeWay = (guest: Guest, byBytes: boolean): boolean => {
    let greediest: string | undefined
    let most = weightOf(guest.group, byBytes) + (byBytes ? guest.bytes : 1)
    for (const group of groups.keys()) {
      const weight = weightOf(group, byBytes)
      if (weight > most) [greediest, most] = [group, weight]
    }
    if (greediest === undefined) return false
    // Whoever has taken most of it all has no claim to patience.
    const isHoarded = most > (byBytes ? mostBytes : mostRequests) / 2
    const since = nowMs() - (isHoarded ? 0 : PATIENCE_MS)
    for (const [other, cameAt] of groups.get(greediest)!) {
      if (cameAt > since) return false
      if (!other.isSending()) continue
      leave(other)
      other.giveWay()
      return true
    }
    return false
  }
  return {
    enter: (guest) => {
      for (;;) {
        const isFull = requests + 1 > mostRequests
        if (!isFull && bytes + guest.bytes <= mostBytes) break
        if (!makeWay(guest, !isFull)) return undefined
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

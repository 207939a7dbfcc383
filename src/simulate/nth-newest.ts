/** Finds a recently accepted event by index. */

import type { Position } from '../model/brand.ts'
import type { AcceptedEvent } from '../model/event.ts'
import type { ReadRecent } from './ports.ts'

/** Events per read. */
const PAGE = 128

/** The n-th newest readable event, 1 being the newest. */
export async function nthNewest(
  { recent }: { readonly recent: ReadRecent },
  nth: number,
): Promise<AcceptedEvent | undefined> {
  let left = nth
  let before: Position | undefined
  do {
    const page = await recent(before, PAGE)
    const found = page.events[left - 1]
    if (found !== undefined) return found
    left -= page.events.length
    before = page.next
  } while (before !== undefined)
  return undefined
}

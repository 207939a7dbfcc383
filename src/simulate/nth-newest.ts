/** One of the last accepted events, by its number. */

import type { Position } from '../model/brand.ts'
import type { AcceptedEvent } from '../model/event.ts'
import type { ReadRecent } from './ports.ts'

/** Events read at once. */
const PAGE = 128

/** The n-th newest accepted event that can be read, 1 the newest. */
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

/**
 * A namespace is split off: until then its users had the keys of the default one, and equal ids were one person. Whatever
 * restricted that person restricts both from then on; nobody can say whom it was about. It is copied, not shared: a lift in
 * one namespace lifts nothing in the other.
 */
import type { IdentityKey } from '../model/brand.ts'
import { findingText, restricts, withoutPermits } from './finding.ts'
import type { StatementStore } from './store.ts'

/** Links of one user that are copied: as many as an erasure looks at. */
const MAX_LINKS = 1_024

/** Lets `to` begin with what restricts `from`, and with its devices. Doing it again adds only what is new. */
export function inherit(store: StatementStore, from: IdentityKey, to: IdentityKey, month: number): void {
  const before = new Set(store.standingOn(to).map(({ finding, at }) => `${at} ${findingText(finding)}`))
  for (const { finding, channel, saidBy, at, device, cover } of store.standingOn(from)) {
    if (!restricts(finding)) continue
    const kept = withoutPermits(finding)
    if (before.has(`${at} ${findingText(kept)}`)) continue
    const id = store.say({ finding: kept, channel, saidBy, at, cover, ...(device === undefined ? {} : { device }) })
    store.place(to, id, true)
    if (cover) store.count('covers', 1)
    else if (kept.signal === 'choice') store.count('choices', 1)
  }
  for (const neighbour of store.neighbours(from, MAX_LINKS)) {
    if (!store.linked(to, neighbour)) store.link(to, neighbour, month)
  }
}

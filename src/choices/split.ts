/**
 * Splits off a namespace. Before the split its users had keys of the default namespace, and equal ids were one subject.
 * Restrictions of that subject apply to both afterwards, because their origin is unknown. They are copied, not shared: a lift
 * in one namespace does not affect the other.
 */
import type { IdentityKey } from '../model/brand.ts'
import { findingText, restricts, withoutPermits } from './finding.ts'
import type { StatementStore } from './store.ts'

/** Links copied for one user: as many as an erasure follows. */
const MAX_LINKS = 1_024

/** Copies the restrictions and links of `from` to `to`. Repeating it adds only what is new. */
export function inherit(store: StatementStore, from: IdentityKey, to: IdentityKey, month: number): void {
  const before = new Set(store.statementsOn(to).map(({ finding, at }) => `${at} ${findingText(finding)}`))
  for (const { finding, channel, saidBy, at, device, cover } of store.statementsOn(from)) {
    if (!restricts(finding)) continue
    const kept = withoutPermits(finding)
    if (before.has(`${at} ${findingText(kept)}`)) continue
    const id = store.insert({ finding: kept, channel, saidBy, at, cover, ...(device === undefined ? {} : { device }) })
    store.place(to, id, true)
    if (cover) store.count('covers', 1)
    else if (kept.signal === 'choice') store.count('choices', 1)
  }
  for (const neighbour of store.neighbours(from, MAX_LINKS)) {
    if (!store.linked(to, neighbour)) store.link(to, neighbour, month)
  }
}

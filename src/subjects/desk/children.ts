/**
 * Counts subjects that unauthenticated child signals (in an event, or with the write key) mark as children after data about
 * them was sent. Such a signal stops sending at once but opens no case, because anyone can forge it. Counts are kept by day and
 * app, recorded after the day has ended, and exported as a metric for alerts.
 */
import type { AppId, EpochMs, IdentityKey } from '../../model/brand.ts'
import type { LedgerEntry } from '../../model/disclosure.ts'
import type { Standing } from '../../model/event.ts'
import { dayOf } from './clocks.ts'

export const CHILDREN_ACTION = 'children_learnt'

export interface ChildrenItem {
  readonly day: EpochMs
  readonly app: string
  readonly count: number
}

export interface ChildrenLearnt {
  /** The number of these subjects that were seen before and not known as children. Call before storing the signal. */
  late(people: readonly (readonly IdentityKey[])[]): Promise<number>
  count(app: AppId, late: number): void
  /** Since the start. */
  totals(): Readonly<Record<string, number>>
  /** Counts not on record yet. */
  pending(): readonly ChildrenItem[]
  /** Records completed days, or all at shutdown. */
  flush(all?: boolean): Promise<void>
}

export function createChildrenLearnt(parts: {
  readonly standingOf: (keys: readonly IdentityKey[]) => Standing
  readonly isSeen: (keys: readonly IdentityKey[]) => Promise<boolean>
  readonly ledger: { append(records: readonly LedgerEntry[]): Promise<number> }
  readonly now: () => EpochMs
}): ChildrenLearnt {
  const { now } = parts
  const items = new Map<string, { day: EpochMs; app: string; count: number }>()
  const totals = new Map<string, number>()
  return {
    late: async (people) => {
      let late = 0
      for (const keys of new Map(people.map((one) => [one.join(), one])).values()) {
        const isKnown = parts.standingOf(keys).findings.some(({ child }) => child)
        if (!isKnown && (await parts.isSeen(keys))) late++
      }
      return late
    },
    count: (app, late) => {
      if (late === 0) return
      const day = dayOf(now())
      const name = `${day} ${app}`
      const item = items.get(name) ?? { day, app, count: 0 }
      item.count += late
      items.set(name, item)
      totals.set(app, (totals.get(app) ?? 0) + late)
    },
    totals: () => Object.fromEntries(totals),
    pending: () => [...items.values()].map((item) => ({ ...item })),
    flush: async (all = false) => {
      const over = [...items].filter(([, { day }]) => all || day < dayOf(now()))
      if (over.length === 0) return
      for (const [name] of over) items.delete(name)
      try {
        await parts.ledger.append(
          over.map(([, { day, app, count }]) => ({
            kind: 'case',
            time: day,
            action: CHILDREN_ACTION,
            facts: { app, count },
          })),
        )
      } catch (error) {
        for (const [name, item] of over) items.set(name, { ...item, count: item.count + (items.get(name)?.count ?? 0) })
        throw error
      }
    },
  }
}

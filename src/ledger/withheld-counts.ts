/**
 * Records WITHHELD as one count a minute for pairs that were decided alike, where the operator wants fewer records. A
 * crash loses the counts of at most the last minute: nothing was sent, and the pairs' own ends are in the intake.
 */
import type { EpochMs, EventRef } from '../model/brand.ts'
import type { LedgerEntry, WithheldRecord } from '../model/disclosure.ts'
import type { Ledger } from './ports.ts'
import { wrapLedger } from './wrapped.ts'

const MINUTE_MS = 60_000
/** Groups kept before they are recorded early: they are few unless something is wrong. */
const MOST_GROUPS = 10_000

export interface CountingParts {
  readonly now: () => EpochMs
  /** So many strong random bytes: what stands in place of an event's reference. */
  readonly random: (bytes: number) => Uint8Array
  /** The counts of a minute could not be recorded; they are kept and tried again. */
  readonly failed: (error: unknown) => void
}

export interface CountingLedger extends Ledger {
  /** Records the counts of minutes that are over; what a timer calls. */
  flush(): Promise<void>
}

/** Fits in front of a ledger. Everything but WITHHELD goes through at once; `close` records what was counted first. */
export function countWithheld(ledger: Ledger, { now, random, failed }: CountingParts): CountingLedger {
  let counts = new Map<string, { readonly first: WithheldRecord; count: number }>()
  const add = (record: WithheldRecord, by = record.count ?? 1): void => {
    const time = record.time - (record.time % MINUTE_MS)
    const { partner, app, event, revision, regime, why } = record
    const key = JSON.stringify([time, partner, app, event, revision, regime, why])
    const known = counts.get(key)
    if (known === undefined) {
      const first = {
        kind: 'withheld',
        time,
        partner,
        app,
        event,
        revision,
        regime,
        why,
        eventRef: record.eventRef,
      } as const
      counts.set(key, { first, count: by })
    } else known.count += by
  }
  const record = async (isDue: (minute: EpochMs) => boolean): Promise<void> => {
    const due = [...counts.values()].filter(({ first }) => isDue(first.time))
    if (due.length === 0) return
    counts = new Map([...counts].filter(([, { first }]) => !isDue(first.time)))
    // Sound: 16 random bytes have the form of a reference, and name no event.
    const nameless = () => Buffer.from(random(16)).toString('hex') as EventRef
    try {
      await ledger.append(due.map(({ first, count }) => ({ ...first, eventRef: nameless(), count })))
    } catch (error) {
      for (const { first, count } of due) add(first, count)
      throw error
    }
  }
  const flush = async (): Promise<void> => {
    const minute = now() - (now() % MINUTE_MS)
    try {
      await record((time) => time < minute)
    } catch (error) {
      failed(error)
    }
  }
  const counting = wrapLedger(ledger, {
    append: async (records) => {
      const others = records.filter((one): one is Exclude<LedgerEntry, WithheldRecord> => one.kind !== 'withheld')
      for (const one of records) if (one.kind === 'withheld') add(one)
      if (counts.size > MOST_GROUPS) await record(() => true)
      return others.length === 0 ? ledger.size() : ledger.append(others)
    },
    close: async () => {
      try {
        await record(() => true)
      } catch (error) {
        failed(error)
      }
      await ledger.close()
    },
  })
  return { ...counting, flush }
}

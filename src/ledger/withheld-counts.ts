/**
 * Aggregates WITHHELD records into one count a minute for each group of pairs with the same decision, if configured. A
 * crash loses at most the last minute's counts: nothing was sent, and the intake holds the pairs' own ends.
 */
import type { EpochMs, EventRef } from '../model/brand.ts'
import type { LedgerEntry, WithheldRecord } from '../model/disclosure.ts'
import type { Ledger } from './ports.ts'
import { wrapLedger } from './wrap.ts'

const MINUTE_MS = 60_000
/** Groups that trigger an early flush; normal traffic has few. */
const MOST_GROUPS = 10_000

export interface CountingParts {
  readonly now: () => EpochMs
  /** Strong random bytes, used in place of an event's reference. */
  readonly random: (bytes: number) => Uint8Array
  /** A minute's counts could not be recorded; they are kept and retried. */
  readonly failed: (error: unknown) => void
}

export interface CountingLedger extends Ledger {
  /** Records the counts of completed minutes, or all. Called by a timer. */
  flush(all?: boolean): Promise<void>
}

/** Wraps a ledger. All kinds but WITHHELD pass through at once; `close` flushes the counts first. */
export function countWithheld(ledger: Ledger, { now, random, failed }: CountingParts): CountingLedger {
  let counts = new Map<string, { readonly first: WithheldRecord; count: number }>()
  const add = (record: WithheldRecord, by = record.count ?? 1): void => {
    const time = record.time - (record.time % MINUTE_MS)
    const { partner, app, event, revision, regime, why, eventRef } = record
    const terms = { kind: 'withheld', time, partner, app, event, revision, regime, why } as const
    const key = JSON.stringify(terms)
    const known = counts.get(key)
    if (known === undefined) counts.set(key, { first: { ...terms, eventRef }, count: by })
    else known.count += by
  }
  const record = async (isDue: (minute: EpochMs) => boolean): Promise<void> => {
    const due = [...counts.values()].filter(({ first }) => isDue(first.time))
    if (due.length === 0) return
    counts = new Map([...counts].filter(([, { first }]) => !isDue(first.time)))
    // Sound: 16 random bytes have the form of a reference and name no event.
    const randomRef = () => Buffer.from(random(16)).toString('hex') as EventRef
    try {
      await ledger.append(due.map(({ first, count }) => ({ ...first, eventRef: randomRef(), count })))
    } catch (error) {
      for (const { first, count } of due) add(first, count)
      throw error
    }
  }
  const flush = async (all = false): Promise<void> => {
    const minute = now() - (now() % MINUTE_MS)
    try {
      await record((time) => all || time < minute)
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
      await flush(true)
      await ledger.close()
    },
  })
  return { ...counting, flush }
}

/** The latest state of every pair, read from the records, for settling after a restart. */
import type { IntentRecord, LedgerRecord, Outcome, OutcomeRecord } from '../model/disclosure.ts'
import type { Reason } from '../model/reason.ts'
import { decodeLeaf } from './leaf.ts'
import { KIND_AT } from './leaf-layout.ts'
import { KIND_NUMBERS } from './numbers.ts'
import { idOf } from './open-intents.ts'
import type { PairHistory } from './ports.ts'
import type { LeafRow } from './store.ts'

export interface HistorySource {
  /** Leaves from `seq` on, ascending; at least one if any exists. */
  page(seq: number, max?: number): readonly LeafRow[]
  /** Yields the thread between two pages. */
  breathe(): Promise<void>
}

interface Pair {
  readonly eventRef: PairHistory['eventRef']
  readonly partner: PairHistory['partner']
  attempt: number
  outcome: Outcome | undefined
  withheld: Reason | undefined
  /** Disclosure id of an OUTCOME whose INTENT was not seen yet. */
  missing: string | undefined
}

const LOOK_BACK_LEAVES = 4_096

/**
 * One entry for each pair with a record at or after `from`. A later INTENT cancels an earlier WITHHELD (a replay). A later
 * WITHHELD is reported beside the outcome of an earlier attempt and supersedes it. Records before `from` are read only to
 * learn the attempt of an OUTCOME whose INTENT is there.
 */
export async function historiesFrom(from: number, source: HistorySource): Promise<readonly PairHistory[]> {
  const pairs = new Map<string, Pair>()
  for (let rows = source.page(from); rows.length > 0; rows = source.page(rows.at(-1)!.seq + 1)) {
    for (const { leaf } of rows) addRecord(pairs, leaf)
    await source.breathe()
  }
  await lookBack(pairs, from, source)
  return [...pairs.values()].map(({ missing: _, ...history }) => history)
}

function addRecord(pairs: Map<string, Pair>, leaf: Uint8Array): void {
  const { record } = decodeLeaf(leaf)
  switch (record.kind) {
    case 'intent':
      addIntent(pairOf(pairs, record), record)
      return
    case 'outcome':
      addOutcome(pairOf(pairs, record), record, leaf)
      return
    case 'withheld':
      // A count of a minute names no pair: its pairs are decided again.
      if (record.count === undefined) pairOf(pairs, record).withheld = record.why
      return
    default:
      return
  }
}

function addIntent(pair: Pair, { attempt }: IntentRecord): void {
  pair.attempt = Math.max(pair.attempt, attempt)
  pair.outcome = undefined
  pair.withheld = undefined
  pair.missing = undefined
}

function addOutcome(pair: Pair, { outcome }: OutcomeRecord, leaf: Uint8Array): void {
  pair.outcome = outcome
  if (pair.attempt === 0) pair.missing = idOf(leaf)
}

function pairOf(pairs: Map<string, Pair>, record: Exclude<LedgerRecord, { action: string }>): Pair {
  const { eventRef, partner } = record
  const key = eventRef + partner
  let pair = pairs.get(key)
  if (pair === undefined) {
    pair = { eventRef, partner, attempt: 0, outcome: undefined, withheld: undefined, missing: undefined }
    pairs.set(key, pair)
  }
  return pair
}

/** An INTENT and its OUTCOME lie seconds apart, so this rarely reads more than a page. */
async function lookBack(pairs: Map<string, Pair>, from: number, source: HistorySource): Promise<void> {
  const wanted = new Map<string, Pair>()
  for (const pair of pairs.values()) if (pair.missing !== undefined) wanted.set(pair.missing, pair)
  for (let to = from; to > 0 && wanted.size > 0; to = Math.max(0, to - LOOK_BACK_LEAVES)) {
    let next = Math.max(0, to - LOOK_BACK_LEAVES)
    while (next < to) {
      const rows = source.page(next, to - next)
      for (const { leaf } of rows) learnAttempt(wanted, leaf)
      next = rows.length === 0 ? to : rows.at(-1)!.seq + 1
    }
    await source.breathe()
  }
}

function learnAttempt(wanted: Map<string, Pair>, leaf: Uint8Array): void {
  if (leaf[KIND_AT] !== KIND_NUMBERS.intent) return
  const key = idOf(leaf)
  const pair = wanted.get(key)
  if (pair === undefined) return
  const { record } = decodeLeaf(leaf)
  if (record.kind !== 'intent') return
  pair.attempt = record.attempt
  wanted.delete(key)
}

/**
 * Choices, links and sticky signals in the database that all cells share. Whoever holds the row of `cluster` is the only
 * writer, in any cell: what comes in while another writes is one transaction of its own behind it.
 */
import type { ErasureStore } from '../../choices/store.ts'
import type { IdentityKey } from '../../model/brand.ts'
import type { Connection } from './connection.ts'
import { FEED_CHANNEL, type FeedTexts, type LiftEntry, writeFeed } from './feed.ts'
import { AT_FIRST, fetchAround, fetchDevices, fetchNeed } from './fetch.ts'
import { createRulesStore } from './rules-store.ts'
import { createWorkingSet, NotLoaded, type WorkingSet } from './working-set.ts'
import { writeChanges } from './write.ts'

/** Times that one piece of work may ask for more before it counts as endless. */
const MAX_ATTEMPTS = 10_000

/** Rules to be run in a transaction, and what they will ask for first, as far as that is known. */
export interface Work<T> {
  readonly keys: readonly IdentityKey[]
  readonly devices?: readonly IdentityKey[]
  /** Pure but for the store: it may run several times, each time from the same state. */
  readonly run: (store: ErasureStore) => T
  /** What the feed tells beside the identities' states, once it has run. */
  readonly told: (value: T) => FeedTexts
  /** Further statements of the same transaction. Where one of them fails, the rules do not run. */
  readonly also?: (transaction: Connection) => Promise<void>
}
/** What a piece of work came to, and the end of the feed behind its transaction. */
export type Done<T> =
  | { readonly ok: true; readonly value: T; readonly at: number }
  | { readonly ok: false; readonly error: unknown }

/**
 * Runs several pieces of work in one transaction, in their order. One that throws is undone alone; where the transaction
 * fails, this rejects and nobody may be told that anything was kept, though it may have been.
 */
export async function runTogether(
  connection: Connection,
  group: readonly Work<unknown>[],
): Promise<readonly Done<unknown>[]> {
  return connection.transaction(async () => {
    const [row] = await connection.query<{ head: number; last_statement: number; version: number }>(
      'SELECT head, last_statement, version FROM cluster FOR UPDATE',
      [],
      'lock',
    )
    if (row === undefined) throw new Error('the database has no row in sluice.cluster: run "sluice cluster init"')
    const set = createWorkingSet()
    const counter = new Map([['last', row.last_statement]])
    const store = createRulesStore(set, () => {
      const next = counter.get('last')! + 1
      set.journal.set(counter, 'last', next)
      return next
    })
    const keys = [...new Set(group.flatMap((work) => work.keys))]
    await fetchAround(connection, set, keys, keys.length + AT_FIRST)
    const devices = [...new Set(group.flatMap(({ devices = [] }) => devices))]
    if (devices.length > 0) await fetchDevices(connection, set, devices)
    const done: Attempted<unknown>[] = []
    const lifts: LiftEntry[] = []
    let isEveryone = false
    for (const work of group) {
      const one = await alone(connection, set, work, store)
      done.push(one)
      if (!one.ok) continue
      const told = work.told(one.value)
      lifts.push(...told.lifts)
      isEveryone ||= told.isEveryone
    }
    await writeChanges(connection, set)
    const head = await writeFeed(connection, set, row, { lifts, isEveryone })
    const last = counter.get('last')!
    if (head !== row.head || last !== row.last_statement) {
      await connection.query('UPDATE cluster SET head = $1, last_statement = $2', [head, last], 'move')
      await connection.query('SELECT pg_notify($1, $2)', [FEED_CHANNEL, String(head)], 'notify')
    }
    return done.map((one): Done<unknown> => (one.ok ? { ...one, at: head } : one))
  })
}

/** Asks the rules something that changes nothing, in a snapshot of its own. */
export async function ask<T>(
  connection: Connection,
  keys: readonly IdentityKey[],
  run: (store: ErasureStore) => T,
): Promise<T> {
  return connection.transaction(async () => {
    await connection.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY')
    const set = createWorkingSet()
    const store = createRulesStore(set, () => {
      throw new Error('a question writes nothing')
    })
    await fetchAround(connection, set, keys)
    const answer = await attempt(connection, set, () => run(store))
    if (!answer.ok) throw answer.error
    return answer.value
  })
}

type Attempted<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown }

/**
 * Its own statements first: they ask nothing of the rules, and where one fails the rules have written nothing yet. Rejects
 * where the connection has ended.
 */
async function alone<T>(
  connection: Connection,
  set: WorkingSet,
  { run, also }: Work<T>,
  store: ErasureStore,
): Promise<Attempted<T>> {
  const rules = (): Promise<Attempted<T>> => attempt(connection, set, () => run(store))
  if (also === undefined) return rules()
  await connection.query('SAVEPOINT alone')
  const done = await also(connection).then(rules, (error: unknown): Attempted<T> => ({ ok: false, error }))
  // Rejects where the session is lost: then nobody of the group is kept.
  await connection.query(done.ok ? 'RELEASE SAVEPOINT alone' : 'ROLLBACK TO SAVEPOINT alone')
  return done
}

async function attempt<T>(connection: Connection, set: WorkingSet, run: () => T): Promise<Attempted<T>> {
  for (let tries = 0; tries < MAX_ATTEMPTS; tries++) {
    try {
      return { ok: true, value: set.journal.attempt(run) }
    } catch (error) {
      if (!(error instanceof NotLoaded)) return { ok: false, error }
      await fetchNeed(connection, set, error.need)
    }
  }
  throw new Error('the rules ask for more than there is')
}

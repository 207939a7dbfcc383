/**
 * What changed, in the order of the commits, for every cell's local copy. An identity a row, in an order that is drawn: the
 * identities of an erasure must not lie together in what is kept for two days.
 */
import { randomInt } from 'node:crypto'
import type { IdentityKey } from '../../model/brand.ts'
import { findingJson } from '../finding-text.ts'
import type { Connection } from './connection.ts'
import { fetchAround } from './fetch.ts'
import type { WorkingSet } from './working-set.ts'

/** The channel on which a commit says that there is more. */
export const FEED_CHANNEL = 'sluice_feed'

/** What is active on an identity, whole, so that a copy replaces what it has. */
export interface StateEntry {
  readonly key: IdentityKey
  readonly active: readonly (readonly [id: number, direct: boolean, finding: string])[]
  readonly isLinked: boolean
}
/** Something was taken from this identity, or from anybody, said at that time. */
export interface LiftEntry {
  readonly key: IdentityKey | undefined
  readonly at: number
}
/** What operators decide; it is in tables of its own, and the feed says that it changed. */
export const SETTINGS = ['revisions', 'stops', 'proposals', 'access', 'holds'] as const
export type Setting = (typeof SETTINGS)[number]

export interface FeedPage {
  /** The last entry that is in it, or before it. */
  readonly at: number
  readonly states: readonly StateEntry[]
  readonly lifts: readonly LiftEntry[]
  readonly isEveryone: boolean
  readonly settings: ReadonlySet<Setting>
  /** True where there is no more. */
  readonly isWhole: boolean
}

const STATE = 1
const LIFT = 2
const EVERYONE = 3
const KIND_OF: Readonly<Record<Setting, number>> = { revisions: 4, stops: 5, proposals: 6, access: 7, holds: 8 }
/** Entries read in one go. */
const PAGE = 500

interface Entry {
  readonly seq: number
  readonly kind: number
  readonly key: IdentityKey | null
  readonly body: string
  readonly version: number
}

export interface FeedTexts {
  readonly lifts: readonly LiftEntry[]
  readonly isEveryone: boolean
}

/** An entry is of a kind or a version that this Sluice does not know: nothing behind it may count as read. */
export class UnknownEntry extends Error {}

/** Writes the entries of a transaction behind `head`, in the version agreed on, and moves it. Returns the new head. */
export async function writeFeed(
  transaction: Connection,
  set: WorkingSet,
  { head, version }: { readonly head: number; readonly version: number },
  { lifts, isEveryone }: FeedTexts,
): Promise<number> {
  const keys = changedKeys(set)
  await fetchAround(transaction, set, keys, 0)
  const entries: { kind: number; key: IdentityKey | null; body: string }[] = keys.map((key) => {
    const active = set.statementsOn(key).map(({ id, direct, finding }) => [id, direct, findingJson(finding)] as const)
    return { kind: STATE, key, body: JSON.stringify({ active, isLinked: set.linksOf(key).size > 0 }) }
  })
  for (const { key, at } of lifts) entries.push({ kind: LIFT, key: key ?? null, body: JSON.stringify({ at }) })
  if (isEveryone) entries.push({ kind: EVERYONE, key: null, body: '{}' })
  if (entries.length === 0) return head
  shuffle(entries)
  await transaction.query(
    `INSERT INTO feed (seq, kind, key, body, version) SELECT $1 + n, kind, decode(key, 'hex'), body, $5
     FROM unnest($2::smallint[], $3::text[], $4::text[]) WITH ORDINALITY AS e(kind, key, body, n)`,
    [head, entries.map(({ kind }) => kind), entries.map(({ key }) => key), entries.map(({ body }) => body), version],
  )
  return head + entries.length
}

/**
 * Runs `change` while no other writer of the feed does, in a transaction that tells every cell of the setting.
 * @returns what it came to, and the end of the feed behind it
 */
export async function changeSetting<T>(
  connection: Connection,
  setting: Setting,
  change: () => Promise<T>,
): Promise<{ readonly value: T; readonly at: number }> {
  return connection.transaction(async () => {
    const [row] = await connection.query<{ head: number; version: number }>(
      'SELECT head, version FROM cluster FOR UPDATE',
    )
    const value = await change()
    const at = row!.head + 1
    await connection.query(`INSERT INTO feed (seq, kind, body, version) VALUES ($1, $2, '{}', $3)`, [
      at,
      KIND_OF[setting],
      row!.version,
    ])
    await connection.query('UPDATE cluster SET head = $1', [at])
    await connection.query('SELECT pg_notify($1, $2)', [FEED_CHANNEL, String(at)])
    return { value, at }
  })
}

/** Whose look-ups answer otherwise than before. */
function changedKeys({ written, rowIfAny, placesIfLoaded }: WorkingSet): readonly IdentityKey[] {
  const keys = new Set(written.places.keys())
  for (const [key, others] of written.links) if ([...others.values()].some(({ isNews }) => isNews)) keys.add(key)
  // A cover that was widened means something else wherever it is active; only its time moved for others.
  for (const id of written.statements)
    if (rowIfAny(id)?.cover === true) for (const key of placesIfLoaded(id)) keys.add(key)
  return [...keys]
}

/** Fisher and Yates. */
function shuffle(entries: unknown[]): void {
  for (let last = entries.length - 1; last > 0; last--) {
    const other = randomInt(last + 1)
    ;[entries[last], entries[other]] = [entries[other], entries[last]]
  }
}

/**
 * What came after `after`, up to `PAGE` entries; undefined where the feed no longer reaches back so far: then the copy has to
 * be made anew.
 * @param head as far as the feed went before this call
 * @param own the reader's own version
 * @throws UnknownEntry
 */
export async function readFeed(
  connection: Connection,
  after: number,
  head: number,
  own: number,
): Promise<FeedPage | undefined> {
  const rows = await connection.query<Entry>(
    `SELECT seq, kind, encode(key, 'hex') AS key, body, version FROM feed WHERE seq > $1 ORDER BY seq LIMIT ${PAGE}`,
    [after],
    'feed-after',
  )
  const first = rows[0]?.seq
  if (first === undefined ? head > after : first !== after + 1) return undefined
  const states: StateEntry[] = []
  const lifts: LiftEntry[] = []
  const settings = new Set<Setting>()
  let isEveryone = false
  for (const { kind, key, body, version } of rows) {
    // Two versions ago, or more: what it came to is in the tables.
    if (version < own - 1) return undefined
    if (version > own)
      throw new UnknownEntry(`the feed has an entry of version ${version}, and this Sluice reads up to ${own}`)
    const setting = SETTINGS.find((one) => KIND_OF[one] === kind)
    // Sound: written above alone.
    if (kind === STATE) states.push({ key: key as IdentityKey, ...(JSON.parse(body) as Omit<StateEntry, 'key'>) })
    else if (kind === LIFT) lifts.push({ key: key ?? undefined, ...(JSON.parse(body) as { at: number }) })
    else if (kind === EVERYONE) isEveryone = true
    else if (setting !== undefined) settings.add(setting)
    else throw new UnknownEntry(`the feed has an entry of kind ${kind}, which this Sluice does not know`)
  }
  return { at: rows.at(-1)?.seq ?? after, states, lifts, isEveryone, settings, isWhole: rows.length < PAGE }
}

/** Forgets entries that are older. A copy that is further behind is made anew. */
export async function pruneFeed(connection: Connection, hours: number): Promise<void> {
  await connection.query(`DELETE FROM feed WHERE at < clock_timestamp() - $1 * interval '1 hour'`, [hours])
}

/** Fetches what a working set lacks: whole neighbourhoods at a time, so that a walk along links takes a few round trips. */

import type { IdentityKey } from '../../model/brand.ts'
import type { Channel } from '../../model/choice.ts'
import { createFindingReader } from '../finding-text.ts'
import type { Connection } from './connection.ts'
import type { LoadedKey, Need, StatementRow, WorkingSet } from './working-set.ts'

/** Identities fetched in one go where a walk asks for more, nearest first. */
const AHEAD = 1_024
/** The same before anybody asked: what most people have, all told. */
export const AT_FIRST = 32
/** Links of one identity that are fetched: more than the longest walk looks at (`MAX_REACH` in choices/reach.ts, and one). */
export const MAX_LINKS = 70_000

interface StatementRecord {
  readonly id: number
  readonly text: string
  readonly channel: Channel
  readonly said_by: string
  readonly at: number
  readonly device: IdentityKey | null
  readonly cover: boolean
  readonly superseded_at: number | null
}
const STATEMENT = `s.id, f.text, s.channel, s.said_by, s.at, encode(s.device, 'hex') AS device, s.cover, s.superseded_at`
const KEYS = `SELECT decode(k, 'hex') AS key FROM unnest($1::text[]) AS k`

/** @param transaction a connection inside the transaction that the working set is of */
export async function fetchNeed(transaction: Connection, set: WorkingSet, need: Need): Promise<void> {
  if (need.kind === 'key') await fetchAround(transaction, set, [need.key])
  else if (need.kind === 'places') await fetchPlaces(transaction, set, [need.id])
  else if (need.kind === 'device') await fetchDevices(transaction, set, [need.key])
  else await fetchHistory(transaction, set, need.key)
}

/** These identities, and of those linked to them as many as make `ahead` in all. */
export async function fetchAround(
  transaction: Connection,
  set: WorkingSet,
  start: readonly IdentityKey[],
  ahead = AHEAD,
): Promise<void> {
  const seen = new Set(start)
  let wanted = start.filter((key) => !set.load.has(key))
  while (wanted.length > 0) {
    const found = await fetchKeys(transaction, set, wanted)
    wanted = []
    for (const { links } of found)
      for (const key of links) {
        if (seen.size >= ahead) break
        if (seen.has(key)) continue
        seen.add(key)
        if (!set.load.has(key)) wanted.push(key)
      }
  }
}

async function fetchKeys(
  transaction: Connection,
  set: WorkingSet,
  keys: readonly IdentityKey[],
): Promise<readonly LoadedKey[]> {
  const active = await transaction.query<StatementRecord & { key: IdentityKey; direct: boolean }>(
    `SELECT encode(a.key, 'hex') AS key, a.direct, ${STATEMENT} FROM (${KEYS}) k JOIN active a ON a.key = k.key
     JOIN statements s ON s.id = a.statement JOIN findings f ON f.id = s.finding`,
    [keys],
    'active-of',
  )
  const links = await transaction.query<{ a: IdentityKey; b: IdentityKey }>(
    `SELECT encode(k.key, 'hex') AS a, encode(l.b, 'hex') AS b FROM (${KEYS}) k
     CROSS JOIN LATERAL (SELECT b FROM links WHERE a = k.key ORDER BY b LIMIT ${MAX_LINKS}) l`,
    [keys],
    'links-of',
  )
  set.load.statements(active.map(statementOf))
  const found = new Map(
    keys.map((key) => [key, { key, active: [] as [number, boolean][], links: [] as IdentityKey[] }]),
  )
  for (const { key, id, direct } of active) found.get(key)!.active.push([id, direct])
  for (const { a, b } of links) found.get(a)!.links.push(b)
  const loaded = [...found.values()]
  set.load.keys(loaded)
  return loaded
}

async function fetchPlaces(transaction: Connection, set: WorkingSet, ids: readonly number[]): Promise<void> {
  const statements = await transaction.query<StatementRecord>(
    `SELECT ${STATEMENT} FROM statements s JOIN findings f ON f.id = s.finding WHERE s.id = ANY($1::bigint[])`,
    [ids],
    'statements-by-id',
  )
  const rows = await transaction.query<{ statement: number; key: IdentityKey; direct: boolean }>(
    `SELECT statement, encode(key, 'hex') AS key, direct FROM active WHERE statement = ANY($1::bigint[])`,
    [ids],
    'places-of',
  )
  set.load.statements(statements.map(statementOf))
  const byId = Map.groupBy(rows, ({ statement }) => statement)
  for (const id of ids)
    set.load.places(
      id,
      (byId.get(id) ?? []).map(({ key, direct }) => [key, direct]),
    )
}

/** What devices said, and where that is active: a lift asks for both. */
export async function fetchDevices(
  transaction: Connection,
  set: WorkingSet,
  devices: readonly IdentityKey[],
): Promise<void> {
  const rows = await transaction.query<StatementRecord & { device: IdentityKey }>(
    `SELECT ${STATEMENT} FROM (${KEYS}) k JOIN statements s ON s.device = k.key JOIN findings f ON f.id = s.finding`,
    [devices],
    'said-by',
  )
  set.load.statements(rows.map(statementOf))
  const byDevice = Map.groupBy(rows, ({ device }) => device)
  for (const device of devices)
    set.load.device(
      device,
      (byDevice.get(device) ?? []).map(({ id }) => id),
    )
  if (rows.length > 0)
    await fetchPlaces(
      transaction,
      set,
      rows.map(({ id }) => id),
    )
}

async function fetchHistory(transaction: Connection, set: WorkingSet, key: IdentityKey): Promise<void> {
  const rows = await transaction.query<{ statement: number }>(
    `SELECT statement FROM history WHERE key = decode($1, 'hex')`,
    [key],
    'history-of',
  )
  set.load.history(
    key,
    rows.map(({ statement }) => statement),
  )
}

const findingOf = createFindingReader()

function statementOf({ id, text, channel, said_by, at, device, cover, superseded_at }: StatementRecord): StatementRow {
  return {
    id,
    finding: findingOf(text),
    channel,
    saidBy: said_by,
    at,
    cover,
    supersededAt: superseded_at ?? undefined,
    ...(device === null ? {} : { device }),
  }
}

/** What is kept beside the choices: erasures under way, who tells partners of what, deletion requests, namespaces, totals. */

import type { IdentityKey, NodeId } from '../../model/brand.ts'
import type { Channel } from '../../model/choice.ts'
import { createFindingReader } from '../finding-text.ts'
import type { Connection } from './connection.ts'
import type { StatementRow } from './working-set.ts'

interface ErasureRow {
  readonly id: string
  readonly at: number
  readonly channel: Channel
  readonly keys: readonly IdentityKey[]
  readonly since?: number
  readonly subjects: readonly number[]
  readonly recorded: boolean
  readonly elsewhere?: true
}
interface DeletionRow {
  readonly ref: string
  readonly issuer: string
  readonly at: number
  readonly key: IdentityKey
}

const findingOf = createFindingReader()

/** Everything that is active on these identities, with who said it, when and through what. */
export async function statementsOn(
  connection: Connection,
  keys: readonly IdentityKey[],
): Promise<readonly (Omit<StatementRow, 'supersededAt'> & { readonly direct: boolean })[]> {
  const rows = await connection.query<{
    id: number
    text: string
    channel: Channel
    said_by: string
    at: number
    device: IdentityKey | null
    cover: boolean
    direct: boolean
  }>(
    `SELECT s.id, f.text, s.channel, s.said_by, s.at, encode(s.device, 'hex') AS device, s.cover, a.direct
     FROM unnest($1::text[]) AS k JOIN active a ON a.key = decode(k, 'hex')
     JOIN statements s ON s.id = a.statement JOIN findings f ON f.id = s.finding`,
    [keys],
    'statements-on',
  )
  return rows.map(({ text, said_by: saidBy, device, ...row }) => ({
    ...row,
    finding: findingOf(text),
    saidBy,
    ...(device === null ? {} : { device }),
  }))
}

/** Users on whom something is active or who are linked, after this key, in their keys' order. */
export async function usersAfter(connection: Connection, after: string, max: number): Promise<readonly IdentityKey[]> {
  // The two highest bits of a key are its kind's number, and a user's are zero.
  const rows = await connection.query<{ key: IdentityKey }>(
    `SELECT encode(key, 'hex') AS key FROM (
       SELECT key FROM active WHERE key > decode($1, 'hex') AND key < '\\x40'::bytea
       UNION SELECT a FROM links WHERE a > decode($1, 'hex') AND a < '\\x40'::bytea) u ORDER BY 1 LIMIT $2`,
    [after, max],
  )
  return rows.map(({ key }) => key)
}

export async function totals(connection: Connection): Promise<Readonly<Record<string, number>>> {
  const rows = await connection.query<{ what: string; amount: number }>('SELECT what, amount FROM totals')
  return Object.fromEntries(rows.map(({ what, amount }) => [what, amount]))
}

/** The last entry of the feed. */
export async function head(connection: Connection): Promise<number> {
  return (await connection.query<{ head: number }>('SELECT head FROM cluster'))[0]?.head ?? 0
}

/** Those that are ready in this cell. */
export async function namespaces(connection: Connection, cell: string): Promise<readonly string[]> {
  const rows = await connection.query<{ name: string }>('SELECT name FROM namespaces WHERE cell = $1 ORDER BY name', [
    cell,
  ])
  return rows.map(({ name }) => name)
}
export async function addNamespaces(connection: Connection, cell: string, names: readonly string[]): Promise<void> {
  await connection.query('INSERT INTO namespaces SELECT unnest($1::text[]), $2 ON CONFLICT DO NOTHING', [names, cell])
}

/** For every cell: each has a part of its own to do. */
export async function beginErasure(
  connection: Connection,
  cell: string,
  { id, at, channel, keys, since = 0 }: Omit<ErasureRow, 'subjects' | 'recorded'>,
): Promise<void> {
  await connection.query(
    `UPDATE deletion_requests d SET key = NULL FROM unnest($1::text[]) AS k WHERE d.key = decode(k, 'hex')`,
    [keys],
  )
  await connection.query(
    `INSERT INTO erasures (id, at, channel, keys, since, subjects, recorded, cell, elsewhere)
     SELECT $1, $2::bigint, $3, $4, $5::bigint, '[]', false, c.id, c.id <> $6 FROM cells c`,
    [id, at, channel, JSON.stringify(keys), since, cell],
  )
}
export async function noteErasure(
  connection: Connection,
  cell: string,
  id: string,
  subjects: readonly number[],
  recorded: boolean,
): Promise<void> {
  await connection.query('UPDATE erasures SET subjects = $3, recorded = $4 WHERE cell = $1 AND id = $2', [
    cell,
    id,
    JSON.stringify(subjects),
    recorded,
  ])
}
/** Ends this cell's part. Where it was begun here, its row stays until `concludeErasure`. */
export async function endErasure(connection: Connection, cell: string, id: string): Promise<void> {
  await connection.query(
    `DELETE FROM notice_cells n USING erasures e, json_array_elements_text(e.keys::json) AS k
     WHERE e.cell = $1 AND e.id = $2 AND n.key = decode(k, 'hex')`,
    [cell, id],
  )
  await connection.query('UPDATE erasures SET done = true WHERE cell = $1 AND id = $2 AND NOT elsewhere', [cell, id])
  await connection.query('DELETE FROM erasures WHERE cell = $1 AND id = $2 AND elsewhere', [cell, id])
}
/** Those begun in this cell of which every cell has done its part. */
export async function finishedErasures(connection: Connection, cell: string): Promise<readonly string[]> {
  const rows = await connection.query<{ id: string }>(
    `SELECT id FROM erasures e WHERE cell = $1 AND NOT elsewhere
     AND NOT EXISTS (SELECT FROM erasures other WHERE other.id = e.id AND NOT other.done) ORDER BY at, id`,
    [cell],
  )
  return rows.map(({ id }) => id)
}
export async function concludeErasure(connection: Connection, id: string): Promise<void> {
  await connection.query('DELETE FROM erasures WHERE id = $1', [id])
  await connection.query(
    'DELETE FROM erasure_notices n WHERE NOT EXISTS (SELECT FROM erasures e WHERE e.id = n.erasure)',
  )
}
/** Those of these notices that this cell sends: it claimed them first, now or before. */
export async function claimNotices(
  connection: Connection,
  cell: string,
  id: string,
  abouts: readonly string[],
): Promise<readonly string[]> {
  await connection.query('INSERT INTO erasure_notices SELECT $1, unnest($2::text[]), $3 ON CONFLICT DO NOTHING', [
    id,
    abouts,
    cell,
  ])
  const rows = await connection.query<{ about: string }>(
    'SELECT about FROM erasure_notices WHERE erasure = $1 AND cell = $2',
    [id, cell],
  )
  return rows.map(({ about }) => about)
}
/** Gives a choice to every other cell. Returns its number; later choices have higher ones. */
export async function handOn(connection: Connection, cell: string, body: string): Promise<number> {
  const [row] = await connection.query<{ number: number }>(`SELECT nextval('choice_numbers') AS number`)
  await connection.query('INSERT INTO choices_to_tell SELECT id, $2, $3 FROM cells WHERE id <> $1', [
    cell,
    row!.number,
    body,
  ])
  return row!.number
}
/** Those given to this cell, in order. */
export async function handedOn(
  connection: Connection,
  cell: string,
  max: number,
): Promise<readonly { readonly number: number; readonly body: string }[]> {
  return connection.query('SELECT number, body FROM choices_to_tell WHERE cell = $1 ORDER BY number LIMIT $2', [
    cell,
    max,
  ])
}
export async function takenOver(connection: Connection, cell: string, upTo: number): Promise<void> {
  await connection.query('DELETE FROM choices_to_tell WHERE cell = $1 AND number <= $2', [cell, upTo])
}

export interface Telling {
  /** Keyed hash of the partner and the identifier. */
  readonly about: string
  readonly key: IdentityKey
  readonly verb: 'opt_out' | 'opt_in'
}
interface Teller {
  readonly about: string
  readonly cell: string
  readonly verb: string
  readonly number: number
}
/**
 * Those that this cell tells. Whichever told a partner of an opt-out tells it of what follows; after an opt-in, the next
 * opt-out is whoever's comes first.
 * @param number of the choice
 * @returns `isAnew`: another cell told the last one
 */
export async function claimTellings(
  connection: Connection,
  cell: string,
  number: number,
  tellings: readonly Telling[],
): Promise<readonly { readonly about: string; readonly isAnew: boolean }[]> {
  const rows = await connection.query<Teller>(
    'SELECT about, cell, verb, number FROM notice_cells WHERE about = ANY($1::text[])',
    [tellings.map(({ about }) => about)],
  )
  const tellers = new Map(rows.map((row) => [row.about, row]))
  const own = tellings.filter(({ about, verb }) => {
    const teller = tellers.get(about)
    if (teller === undefined) return true
    if (teller.cell === cell) return number >= teller.number
    return verb === 'opt_out' && teller.verb === 'opt_in' && number > teller.number
  })
  // An opt-in after an opt-out from before tellers were noted: only the cell that told that has it in its own store.
  const noted = own.filter(({ about, verb }) => verb === 'opt_out' || tellers.has(about))
  await connection.query(
    `INSERT INTO notice_cells (about, key, cell, verb, number)
     SELECT about, decode(key, 'hex'), $1, verb, $2 FROM unnest($3::text[], $4::text[], $5::text[]) AS t(about, key, verb)
     ON CONFLICT (about) DO UPDATE SET cell = excluded.cell, verb = excluded.verb, number = excluded.number, at = excluded.at`,
    [cell, number, noted.map(({ about }) => about), noted.map(({ key }) => key), noted.map(({ verb }) => verb)],
  )
  return own.map(({ about }) => ({ about, isAnew: (tellers.get(about)?.cell ?? cell) !== cell }))
}
export async function pruneTellings(connection: Connection, before: number): Promise<void> {
  await connection.query('DELETE FROM notice_cells WHERE at < to_timestamp($1 / 1000.0)', [before])
}

/** Those of which this cell has not done its part. */
export async function erasuresUnderWay(connection: Connection, cell: string): Promise<readonly ErasureRow[]> {
  const rows = await connection.query<{
    id: string
    at: number
    channel: Channel
    keys: string
    since: number
    subjects: string
    recorded: boolean
    elsewhere: boolean
  }>(
    `SELECT id, at, channel, keys, since, subjects, recorded, elsewhere FROM erasures WHERE cell = $1 AND NOT done
     ORDER BY at, id`,
    [cell],
  )
  // The casts are sound: the table is written above alone.
  return rows.map(({ elsewhere, since, ...row }) => ({
    ...row,
    ...(since === 0 ? {} : { since }),
    ...(elsewhere ? { elsewhere } : {}),
    keys: JSON.parse(row.keys) as IdentityKey[],
    subjects: JSON.parse(row.subjects) as number[],
  }))
}

/** Cells that have not done their part of this one. */
export async function unfinishedCells(connection: Connection, id: string): Promise<readonly NodeId[]> {
  const rows = await connection.query<{ cell: NodeId }>(
    'SELECT cell FROM erasures WHERE id = $1 AND NOT done ORDER BY cell::int',
    [id],
  )
  return rows.map(({ cell }) => cell)
}

export async function keepForFraud(connection: Connection, keys: readonly IdentityKey[], until: number): Promise<void> {
  await connection.query(
    `INSERT INTO kept_for_fraud SELECT DISTINCT decode(k, 'hex'), $2::bigint FROM unnest($1::text[]) AS k
     ON CONFLICT (key) DO UPDATE SET until = excluded.until`,
    [keys, until],
  )
}
/** Until when any of these is kept so; those whose time is over are forgotten first. */
export async function keptForFraud(
  connection: Connection,
  keys: readonly IdentityKey[],
  now: number,
): Promise<number | undefined> {
  await connection.query('DELETE FROM kept_for_fraud WHERE until <= $1', [now])
  const rows = await connection.query<{ until: number }>(
    `SELECT until FROM unnest($1::text[]) WITH ORDINALITY AS k(k, n) JOIN kept_for_fraud f ON f.key = decode(k.k, 'hex')
     ORDER BY n LIMIT 1`,
    [keys],
  )
  return rows[0]?.until
}

/** False where it was there already. @param forgetBefore settled ones that came before are forgotten */
export async function claimDeletion(connection: Connection, row: DeletionRow, forgetBefore: number): Promise<boolean> {
  await connection.query('DELETE FROM deletion_requests WHERE key IS NULL AND at < $1', [forgetBefore])
  const rows = await connection.query(
    `INSERT INTO deletion_requests VALUES ($1, $2, $3, decode($4, 'hex')) ON CONFLICT DO NOTHING RETURNING ref`,
    [row.ref, row.issuer, row.at, row.key],
  )
  return rows.length === 1
}
export async function openDeletions(connection: Connection, max: number): Promise<readonly DeletionRow[]> {
  return connection.query<DeletionRow>(
    `SELECT ref, issuer, at, encode(key, 'hex') AS key FROM deletion_requests WHERE key IS NOT NULL ORDER BY at, ref LIMIT $1`,
    [max],
  )
}

export async function reflected(connection: Connection): Promise<readonly (readonly [string, number])[]> {
  const rows = await connection.query<{ cell: string; size: number }>('SELECT cell, size FROM reflected')
  return rows.map(({ cell, size }) => [cell, size])
}
export async function reflect(connection: Connection, cell: string, size: number): Promise<void> {
  await connection.query(
    'INSERT INTO reflected VALUES ($1, $2) ON CONFLICT (cell) DO UPDATE SET size = excluded.size',
    [cell, size],
  )
}

/** Statements that permit something and are from before `before`, each with one of the identities on which it is active. */
export async function oldPermissions(
  connection: Connection,
  before: number,
  max: number,
): Promise<readonly { readonly id: number; readonly key: IdentityKey }[]> {
  return connection.query(
    `SELECT s.id, encode(a.key, 'hex') AS key FROM statements s
     CROSS JOIN LATERAL (SELECT key FROM active WHERE statement = s.id LIMIT 1) a
     WHERE s.finding IN (SELECT id FROM findings WHERE (text::jsonb->>'permits')::int <> 0)
       AND s.at < $1 AND s.superseded_at IS NULL AND NOT s.cover
     ORDER BY s.id LIMIT $2`,
    [before, max],
  )
}

/** Links, each in one direction, that nothing confirmed in this month or later. */
export async function oldLinks(
  connection: Connection,
  before: number,
  max: number,
): Promise<readonly { readonly a: IdentityKey; readonly b: IdentityKey }[]> {
  return connection.query(
    `SELECT encode(a, 'hex') AS a, encode(b, 'hex') AS b FROM links WHERE a < b AND
       (CASE seen WHEN 0 THEN (SELECT amount FROM totals WHERE what = 'links_from') ELSE seen END) < $1
     ORDER BY 1, 2 LIMIT $2`,
    [before, max],
  )
}

/** Writes what a working set has changed: a statement of SQL for each table, whatever the number of rows. */
import type { IdentityKey } from '../../model/brand.ts'
import { findingJson } from '../finding-text.ts'
import type { Connection } from './connection.ts'
import type { WorkingSet, Written } from './working-set.ts'

/** @param transaction a connection inside the transaction that the working set is of */
export async function writeChanges(transaction: Connection, set: WorkingSet): Promise<void> {
  const { written } = set
  await writeStatements(transaction, set)
  await writePlaces(transaction, written)
  await writeLinks(transaction, written)
  await writeHistory(transaction, written)
  if (written.unused.size > 0)
    await transaction.query(
      `DELETE FROM statements s WHERE id = ANY($1::bigint[]) AND NOT EXISTS (SELECT FROM active WHERE statement = s.id)
       AND NOT EXISTS (SELECT FROM history WHERE statement = s.id)`,
      [[...written.unused]],
    )
  if (written.totals.size > 0)
    await transaction.query(
      `UPDATE totals SET amount = amount + d.by FROM unnest($1::text[], $2::bigint[]) AS d(what, by) WHERE totals.what = d.what`,
      [[...written.totals.keys()], [...written.totals.values()]],
    )
}

async function writeStatements(transaction: Connection, { written, rowIfAny }: WorkingSet): Promise<void> {
  const rows = []
  const gone = []
  for (const id of written.statements) {
    const row = rowIfAny(id)
    if (row === undefined) gone.push(id)
    else rows.push(row)
  }
  if (gone.length > 0) await transaction.query('DELETE FROM statements WHERE id = ANY($1::bigint[])', [gone])
  if (rows.length === 0) return
  const texts = rows.map(({ finding }) => findingJson(finding))
  await transaction.query(
    'INSERT INTO findings (text) SELECT DISTINCT t FROM unnest($1::text[]) AS t ON CONFLICT DO NOTHING',
    [texts],
  )
  await transaction.query(
    `INSERT INTO statements (id, finding, channel, said_by, first_at, at, device, cover, superseded_at)
     SELECT r.id, f.id, r.channel, r.said_by, r.at, r.at, decode(r.device, 'hex'), r.cover, r.superseded_at
     FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::boolean[], $8::bigint[])
       AS r(id, text, channel, said_by, at, device, cover, superseded_at) JOIN findings f ON f.text = r.text
     ON CONFLICT (id) DO UPDATE SET finding = excluded.finding, at = excluded.at, device = excluded.device,
       superseded_at = excluded.superseded_at`,
    [
      rows.map(({ id }) => id),
      texts,
      rows.map(({ channel }) => channel),
      rows.map(({ saidBy }) => saidBy),
      rows.map(({ at }) => at),
      rows.map(({ device }) => device ?? null),
      rows.map(({ cover }) => cover),
      rows.map(({ supersededAt }) => supersededAt ?? null),
    ],
  )
}

async function writePlaces(transaction: Connection, { places }: Written): Promise<void> {
  const all = [...places].flatMap(([key, ids]) => [...ids].map(([id, { direct }]) => ({ key, id, direct })))
  await inPairs(
    transaction,
    all.filter(({ direct }) => direct === undefined),
    `DELETE FROM active a USING unnest($1::text[], $2::bigint[]) AS r(key, id) WHERE a.key = decode(r.key, 'hex') AND a.statement = r.id`,
  )
  await inPairs(
    transaction,
    all.filter(({ direct }) => direct !== undefined),
    `INSERT INTO active (key, statement, direct) SELECT decode(r.key, 'hex'), r.id, r.direct
     FROM unnest($1::text[], $2::bigint[], $3::boolean[]) AS r(key, id, direct)
     ON CONFLICT (key, statement) DO UPDATE SET direct = excluded.direct`,
    ({ direct }) => direct,
  )
}

async function inPairs<Row extends { readonly key: IdentityKey; readonly id: number }>(
  transaction: Connection,
  rows: readonly Row[],
  sql: string,
  third?: (row: Row) => unknown,
): Promise<void> {
  if (rows.length === 0) return
  const values = [rows.map(({ key }) => key), rows.map(({ id }) => id)]
  await transaction.query(sql, third === undefined ? values : [...values, rows.map(third)])
}

async function writeLinks(transaction: Connection, { links }: Written): Promise<void> {
  const all = [...links].flatMap(([a, others]) =>
    [...others].map(([b, { isLinked, month }]) => ({ a, b, isLinked, month })),
  )
  const [added, taken] = [all.filter(({ isLinked }) => isLinked), all.filter(({ isLinked }) => !isLinked)]
  const values = (rows: typeof all) => [rows.map(({ a }) => a), rows.map(({ b }) => b)]
  const pairs = 'unnest($1::text[], $2::text[]) AS r(a, b)'
  if (taken.length > 0)
    await transaction.query(
      `DELETE FROM links l USING ${pairs} WHERE l.a = decode(r.a, 'hex') AND l.b = decode(r.b, 'hex')`,
      values(taken),
    )
  if (added.length > 0)
    await transaction.query(
      `INSERT INTO links AS l (a, b, seen) SELECT decode(r.a, 'hex'), decode(r.b, 'hex'), r.seen
       FROM unnest($1::text[], $2::text[], $3::int[]) AS r(a, b, seen)
       ON CONFLICT (a, b) DO UPDATE SET seen = excluded.seen WHERE excluded.seen > l.seen`,
      [...values(added), added.map(({ month }) => month)],
    )
}

async function writeHistory(transaction: Connection, { history, forgottenHistory }: Written): Promise<void> {
  if (forgottenHistory.size > 0)
    await transaction.query(`DELETE FROM history h USING unnest($1::text[]) AS k WHERE h.key = decode(k, 'hex')`, [
      [...forgottenHistory],
    ])
  await inPairs(
    transaction,
    [...history].flatMap(([key, ids]) => [...ids].map(([id, { until }]) => ({ key, id, until }))),
    `INSERT INTO history (key, statement, until) SELECT decode(r.key, 'hex'), r.id, r.until
     FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS r(key, id, until)
     ON CONFLICT (key, statement) DO UPDATE SET until = excluded.until`,
    ({ until }) => until,
  )
}

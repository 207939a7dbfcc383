/** The tables of what operators decide. Who changes one goes through `changeSetting`, unless it says otherwise. */
import type { Connection } from './connection.ts'

export interface RevisionRow {
  readonly number: number
  /** JSON. */
  readonly plan: string
  readonly texts: string | null
}

/** 0 where there is none. */
export async function newestRevision(connection: Connection): Promise<number> {
  const [row] = await connection.query<{ number: number }>('SELECT coalesce(max(number), 0) AS number FROM revisions')
  return row?.number ?? 0
}

/** Those behind a number, in their order. */
export async function revisionsAfter(connection: Connection, number: number): Promise<readonly RevisionRow[]> {
  return connection.query<RevisionRow>('SELECT * FROM revisions WHERE number > $1 ORDER BY number', [number])
}

export async function addRevision(connection: Connection, { number, plan, texts }: RevisionRow): Promise<void> {
  await connection.query('INSERT INTO revisions VALUES ($1, $2, $3)', [number, plan, texts])
}

/** Partners, and `all`. */
export async function stops(connection: Connection): Promise<readonly string[]> {
  const rows = await connection.query<{ partner: string }>('SELECT partner FROM stops')
  return rows.map(({ partner }) => partner)
}

export async function addStops(connection: Connection, partners: readonly string[]): Promise<void> {
  await connection.query('INSERT INTO stops SELECT unnest($1::text[]) ON CONFLICT DO NOTHING', [partners])
}

export async function removeStop(connection: Connection, partner: string): Promise<void> {
  await connection.query('DELETE FROM stops WHERE partner = $1', [partner])
}

/** JSON, in order of number. */
export async function proposals(connection: Connection): Promise<readonly string[]> {
  const rows = await connection.query<{ body: string }>('SELECT body FROM proposals ORDER BY number')
  return rows.map(({ body }) => body)
}

export async function proposal(connection: Connection, number: number): Promise<string | undefined> {
  const [row] = await connection.query<{ body: string }>('SELECT body FROM proposals WHERE number = $1', [number])
  return row?.body
}

export async function newestProposal(connection: Connection): Promise<number> {
  const [row] = await connection.query<{ number: number }>('SELECT coalesce(max(number), 0) AS number FROM proposals')
  return row?.number ?? 0
}

export async function keepProposal(connection: Connection, number: number, body: string): Promise<void> {
  await connection.query(
    'INSERT INTO proposals VALUES ($1, $2) ON CONFLICT (number) DO UPDATE SET body = excluded.body',
    [number, body],
  )
}

/** JSON, in the order in which they were first noted. */
export async function actors(connection: Connection): Promise<readonly string[]> {
  const rows = await connection.query<{ body: string }>('SELECT body FROM actors ORDER BY place')
  return rows.map(({ body }) => body)
}

export async function keepActor(connection: Connection, id: string, body: string): Promise<void> {
  await connection.query(
    'INSERT INTO actors (id, body) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET body = excluded.body',
    [id, body],
  )
}

export async function removeActor(connection: Connection, id: string): Promise<void> {
  await connection.query('DELETE FROM actors WHERE id = $1', [id])
}

export interface HoldRow {
  readonly id: string
  /** JSON. */
  readonly body: string
  readonly released: boolean
}

export async function holds(connection: Connection): Promise<readonly HoldRow[]> {
  return connection.query<HoldRow>('SELECT id, body, released FROM holds ORDER BY id')
}

export async function keepHold(connection: Connection, { id, body, released }: HoldRow): Promise<void> {
  await connection.query(
    `INSERT INTO holds VALUES ($1, $2, $3)
     ON CONFLICT (id) DO UPDATE SET body = excluded.body, released = excluded.released`,
    [id, body, released],
  )
}

export async function secret(connection: Connection, what: string): Promise<string | undefined> {
  const [row] = await connection.query<{ body: string }>('SELECT body FROM secrets WHERE what = $1', [what])
  return row?.body
}

export async function secrets(
  connection: Connection,
): Promise<readonly { readonly what: string; readonly body: string }[]> {
  return connection.query('SELECT what, body FROM secrets')
}

export async function keepSecret(connection: Connection, what: string, body: string): Promise<void> {
  await connection.query('INSERT INTO secrets VALUES ($1, $2) ON CONFLICT (what) DO UPDATE SET body = excluded.body', [
    what,
    body,
  ])
}

export async function removeSecret(connection: Connection, what: string): Promise<void> {
  await connection.query('DELETE FROM secrets WHERE what = $1', [what])
}

export interface CallRow {
  readonly name: string
  readonly sealed: string
  /** Epoch milliseconds, by the server's clock. */
  readonly at: number
}

/** Oldest first. */
export async function callTimes(connection: Connection): Promise<readonly Omit<CallRow, 'sealed'>[]> {
  return connection.query('SELECT name, (extract(epoch FROM at) * 1000)::float8 AS at FROM calls ORDER BY at')
}

export async function call(connection: Connection, name: string): Promise<CallRow | undefined> {
  const rows = await connection.query<CallRow>(
    'SELECT name, sealed, (extract(epoch FROM at) * 1000)::float8 AS at FROM calls WHERE name = $1',
    [name],
  )
  return rows[0]
}

export async function calls(connection: Connection): Promise<readonly CallRow[]> {
  return connection.query('SELECT name, sealed, (extract(epoch FROM at) * 1000)::float8 AS at FROM calls')
}

/** Written at that time, as it says. */
export async function keepCall(connection: Connection, { name, sealed, at }: CallRow): Promise<void> {
  await connection.query('INSERT INTO calls VALUES ($1, $2, to_timestamp($3::float8 / 1000))', [name, sealed, at])
}

/** False where the name is taken. A transaction of its own. */
export async function claimCall(connection: Connection, name: string, sealed: string): Promise<boolean> {
  const rows = await connection.transaction(() =>
    connection.query('INSERT INTO calls VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING name', [name, sealed]),
  )
  return rows.length === 1
}

/** A transaction of its own. */
export async function answerCall(connection: Connection, name: string, sealed: string): Promise<void> {
  await connection.transaction(() =>
    connection.query(
      `INSERT INTO calls VALUES ($1, $2)
       ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed, at = clock_timestamp()`,
      [name, sealed],
    ),
  )
}

/** Those that nobody may repeat any more. */
export async function pruneCalls(connection: Connection, hours: number): Promise<void> {
  await connection.query(`DELETE FROM calls WHERE at < clock_timestamp() - $1 * interval '1 hour'`, [hours])
}

export async function removeCall(connection: Connection, name: string): Promise<void> {
  await connection.query('DELETE FROM calls WHERE name = $1', [name])
}

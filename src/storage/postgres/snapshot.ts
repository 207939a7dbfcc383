/** Everything that is active, for a copy that begins: read through a cursor, in one snapshot. */
import type { IdentityKey } from '../../model/brand.ts'
import type { Connection } from './connection.ts'
import type { StateEntry } from './feed.ts'

/** Identities read in one go. */
const PAGE = 5_000

interface Row {
  readonly key: IdentityKey
  readonly active: StateEntry['active'] | null
  readonly is_linked: boolean
}

/**
 * @param take called with pages of identities, each once; at last with none and the entry of the feed that the snapshot
 *   ends at
 */
export async function readSnapshot(
  connection: Connection,
  take: (states: readonly StateEntry[], applied: number | undefined) => void,
): Promise<void> {
  await connection.transaction(async () => {
    await connection.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY')
    const [cluster] = await connection.query<{ head: number }>('SELECT head FROM cluster')
    await connection.query(`DECLARE everybody NO SCROLL CURSOR FOR
      SELECT encode(k.key, 'hex') AS key, x.active, EXISTS (SELECT FROM links WHERE a = k.key) AS is_linked
      FROM (SELECT key FROM active UNION SELECT a FROM links) k LEFT JOIN LATERAL (
        SELECT json_agg(json_build_array(s.id, a.direct, f.text)) AS active FROM active a
        JOIN statements s ON s.id = a.statement JOIN findings f ON f.id = s.finding WHERE a.key = k.key) x ON true`)
    for (;;) {
      const rows = await connection.query<Row>(`FETCH ${PAGE} FROM everybody`)
      if (rows.length === 0) break
      take(
        rows.map(({ key, active, is_linked: isLinked }) => ({ key, active: active ?? [], isLinked })),
        undefined,
      )
    }
    take([], cluster?.head ?? 0)
  })
}

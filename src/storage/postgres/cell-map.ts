/** Which cells own users: each new event goes to the cell that owns its user. Every cell reads them with its lease. */
import type { NodeId } from '../../model/brand.ts'
import type { Acting } from './cells.ts'
import type { Connection } from './connection.ts'
import { FEED_CHANNEL } from './feed.ts'

/** From now on the cell owns its share, unless somebody took it off the map, and is reached there. */
export async function joinMap(connection: Connection, acting: Acting, internal: string): Promise<void> {
  await connection.transaction(async () => {
    await connection.query('SELECT head FROM cluster FOR UPDATE')
    const [row] = await connection.query<{ owned: boolean | null; at: string | null }>(
      'SELECT owns AS owned, internal AS at FROM cells WHERE id = $1 AND incarnation = $2',
      [acting.cell, acting.incarnation],
    )
    if (row === undefined) throw new Error('another process acts as this cell')
    if (row.owned !== null && row.at === internal) return
    await connection.query('UPDATE cells SET internal = $2, owns = coalesce(owns, true) WHERE id = $1', [
      acting.cell,
      internal,
    ])
    await changed(connection)
  })
}

export type Drained = 'drained' | 'unknown' | 'last'

/**
 * The cell keeps what it has and gets no more from the others, also after a start. `last`: no other one owns anybody, and nothing
 * was changed.
 */
export async function drainCell(connection: Connection, cell: NodeId): Promise<Drained> {
  return connection.transaction(async () => {
    await connection.query('SELECT head FROM cluster FOR UPDATE')
    const rows = await connection.query<{ id: NodeId; owns: boolean | null }>('SELECT id, owns FROM cells')
    if (!rows.some(({ id }) => id === cell)) return 'unknown'
    if (!rows.some(({ id, owns }) => id !== cell && owns === true)) return 'last'
    await connection.query('UPDATE cells SET owns = false WHERE id = $1', [cell])
    await changed(connection)
    return 'drained'
  })
}

async function changed(connection: Connection): Promise<void> {
  await connection.query('UPDATE cluster SET map = map + 1')
  await connection.query('SELECT pg_notify($1, $2)', [FEED_CHANNEL, ''])
}

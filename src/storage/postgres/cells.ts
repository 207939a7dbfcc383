/** The row of a cell: who acts as it, and how far its copy has come. */
import type { NodeId } from '../../model/brand.ts'
import type { Connection } from './connection.ts'

/** Of a cell that was closed: it holds none, and says so. */
export const NO_LEASE = '-infinity'

export interface CellRow {
  readonly id: NodeId
  readonly applied: number
  /** Moves with every renewal; only ever compared with an earlier value of itself. */
  readonly renewed: string
}

export interface Claim {
  readonly cell: NodeId
  /** Drawn for this start. */
  readonly incarnation: string
  /** What an earlier start of the same folder drew, and with which epoch: it has ended, since its folder is ours now. */
  readonly former?: { readonly incarnation: string; readonly epoch: number }
  /** The copy's last entry. */
  readonly applied: number
}
/** What a claim came to. `taken`: another process acts as this cell, or did a lease ago. */
export type Claimed =
  | { readonly kind: 'claimed'; readonly epoch: number; readonly leaseMs: number }
  | { readonly kind: 'taken'; readonly leaseMs: number }
  | { readonly kind: 'newer'; readonly epoch: number }

/**
 * Makes this process the one that acts as the cell. `newer` where the cell went on elsewhere since this folder was last
 * its: acting on it would bring back what is gone.
 */
export async function claimCell(connection: Connection, claim: Claim): Promise<Claimed> {
  const { cell, incarnation, former, applied } = claim
  return connection.transaction(async () => {
    const [cluster] = await connection.query<{ lease_ms: number }>('SELECT lease_ms FROM cluster')
    const leaseMs = cluster!.lease_ms
    const [present] = await connection.query<{ epoch: number; incarnation: string; is_over: boolean }>(
      `SELECT epoch, incarnation, renewed < clock_timestamp() - $2 * interval '1 ms' AS is_over
       FROM cells WHERE id = $1 FOR UPDATE`,
      [cell, 2 * leaseMs],
    )
    if (present !== undefined) {
      if (present.epoch > (former?.epoch ?? present.epoch)) return { kind: 'newer', epoch: present.epoch }
      if (present.incarnation !== former?.incarnation && !present.is_over) return { kind: 'taken', leaseMs }
    }
    const epoch = (present?.epoch ?? 0) + 1
    await connection.query(
      `INSERT INTO cells VALUES ($1, $2, $3, $4, clock_timestamp()) ON CONFLICT (id) DO UPDATE
       SET incarnation = excluded.incarnation, epoch = excluded.epoch, applied = excluded.applied, renewed = excluded.renewed`,
      [cell, incarnation, epoch, applied],
    )
    return { kind: 'claimed', epoch, leaseMs }
  })
}

/**
 * A write, so that only a primary whose commits reach a standby can grant it. Resolves to the end of the feed; to undefined
 * where another process acts as the cell now.
 */
export async function renewLease(
  connection: Connection,
  { cell, incarnation, applied }: Pick<Claim, 'cell' | 'incarnation' | 'applied'>,
): Promise<number | undefined> {
  return connection.transaction(async () => {
    const rows = await connection.query<{ head: number }>(
      `UPDATE cells SET applied = $3, renewed = clock_timestamp() WHERE id = $1 AND incarnation = $2
       RETURNING (SELECT head FROM cluster) AS head`,
      [cell, incarnation, applied],
      'renew',
    )
    return rows[0]?.head
  })
}

/** Gives it up: nobody waits for this cell any more. */
export async function releaseLease(
  connection: Connection,
  { cell, incarnation }: Pick<Claim, 'cell' | 'incarnation'>,
): Promise<void> {
  await connection.query(`UPDATE cells SET renewed = '${NO_LEASE}' WHERE id = $1 AND incarnation = $2`, [
    cell,
    incarnation,
  ])
}

/** All of them, this one included. */
export async function readCells(connection: Connection): Promise<readonly CellRow[]> {
  return connection.query<CellRow>('SELECT id, applied, renewed::text AS renewed FROM cells', [], 'cells')
}

/** The server's list of synchronous standbys, as it is configured; empty where a commit waits for none. */
export async function synchronousStandbys(connection: Connection): Promise<string> {
  const [row] = await connection.query<{ setting: string }>(
    `SELECT current_setting('synchronous_standby_names') AS setting`,
  )
  return row?.setting ?? ''
}

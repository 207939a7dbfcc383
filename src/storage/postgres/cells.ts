/** The row of a cell: who acts as it, and how far its copy has come. */
import type { NodeId } from '../../model/brand.ts'
import type { Connection } from './connection.ts'
import { whyNotVersion } from './version.ts'

/** Of a cell that was closed: it holds none, and says so. */
export const NO_LEASE = '-infinity'

export interface CellRow {
  readonly id: NodeId
  readonly applied: number
  /** Moves with every renewal; only ever compared with an earlier value of itself. */
  readonly renewed: string
  /** Where the other cells reach it, `host:port`; null where they do not. */
  readonly internal: string | null
  /** They hand it the events of its users. */
  readonly owns: boolean
}

/** Who acts. */
export interface Acting {
  readonly cell: NodeId
  /** Drawn for this start. */
  readonly incarnation: string
}
export interface Claim extends Acting {
  /** Drawn for this start and for earlier ones of the same folder. */
  readonly ofFolder: readonly string[]
  /** Of the key by which choices are found. */
  readonly keyFingerprint: string
  /** The process's own. */
  readonly version: number
  /** Awaited before a claim of a cell that nothing acted as since it was added. */
  readonly first: () => Promise<void>
}
/**
 * What a claim came to. `elsewhere`: the cell acts in another folder, or did last. `unknown`: nobody added it. `other_key`:
 * the other cells find choices by another key. `version`: another one is agreed on than this one reads.
 */
export type Claimed =
  /** `mayHoldLease`: whoever acted before did not give its lease up. */
  | { readonly kind: 'claimed'; readonly leaseMs: number; readonly agreed: number; readonly mayHoldLease: boolean }
  | { readonly kind: 'elsewhere' | 'unknown' | 'other_key' }
  | { readonly kind: 'version'; readonly why: string }

/**
 * Makes this process the one that acts as the cell. What the cell accepted and recorded is in the folder that was its last,
 * so no other folder may go on for it.
 */
export async function claimCell(connection: Connection, claim: Claim): Promise<Claimed> {
  const { cell, incarnation, ofFolder, keyFingerprint, version, first } = claim
  return connection.transaction(async () => {
    const [cluster] = await connection.query<{ lease_ms: number; index_key: string | null; version: number }>(
      'SELECT lease_ms, index_key, version FROM cluster FOR UPDATE',
    )
    const { lease_ms: leaseMs, index_key: known, version: agreed } = cluster!
    const why = whyNotVersion(agreed, version)
    if (why !== undefined) return { kind: 'version', why }
    if ((known ?? keyFingerprint) !== keyFingerprint) return { kind: 'other_key' }
    const [present] = await connection.query<{ epoch: number; incarnation: string; renewed: string }>(
      'SELECT epoch, incarnation, renewed::text AS renewed FROM cells WHERE id = $1 FOR UPDATE',
      [cell],
    )
    if (present === undefined) return { kind: 'unknown' }
    if (present.epoch > 0 && !ofFolder.includes(present.incarnation)) return { kind: 'elsewhere' }
    if (present.epoch === 0) await first()
    // Nobody need wait for it yet: its first renewal sees whatever was committed before.
    await connection.query('UPDATE cells SET incarnation = $2, epoch = epoch + 1, version = $3 WHERE id = $1', [
      cell,
      incarnation,
      version,
    ])
    if (known === null) await connection.query('UPDATE cluster SET index_key = $1', [keyFingerprint])
    return { kind: 'claimed', leaseMs, agreed, mayHoldLease: present.renewed !== NO_LEASE }
  })
}

interface Waiting {
  /** Pairs of an event and a partner that it has still to send; undefined where it does not know yet. */
  readonly waiting?: number | undefined
}

/**
 * A write, so that only a primary whose commits reach a standby can grant it. Resolves to the end of the feed and the version
 * agreed on; to undefined where another process acts as the cell now.
 */
export async function renewLease(
  connection: Connection,
  { cell, incarnation, applied, waiting }: Acting & Waiting & { readonly applied: number },
): Promise<{ readonly head: number; readonly agreed: number } | undefined> {
  return connection.transaction(async () => {
    const rows = await connection.query<{ head: number; agreed: number }>(
      `UPDATE cells SET applied = $3, renewed = clock_timestamp(), waiting = coalesce($4, waiting)
       WHERE id = $1 AND incarnation = $2
       RETURNING (SELECT head FROM cluster) AS head, (SELECT version FROM cluster) AS agreed`,
      [cell, incarnation, applied, waiting ?? null],
      'renew',
    )
    return rows[0]
  })
}

/** Gives it up: nobody waits for this cell any more. */
export async function releaseLease(
  connection: Connection,
  { cell, incarnation, waiting }: Acting & Waiting,
): Promise<void> {
  await connection.query(
    `UPDATE cells SET renewed = '${NO_LEASE}', waiting = coalesce($3, waiting) WHERE id = $1 AND incarnation = $2`,
    [cell, incarnation, waiting ?? null],
  )
}

/** All of them, this one included. */
export async function readCells(connection: Connection): Promise<readonly CellRow[]> {
  return connection.query<CellRow>(
    'SELECT id, applied, renewed::text AS renewed, internal, owns IS TRUE AS owns FROM cells',
    [],
    'cells',
  )
}

/** Lets a cell start. False where it may already. */
export async function addCell(connection: Connection, cell: NodeId): Promise<boolean> {
  const rows = await connection.query(
    `INSERT INTO cells VALUES ($1, gen_random_uuid(), 0, 0, '${NO_LEASE}') ON CONFLICT DO NOTHING RETURNING id`,
    [cell],
  )
  return rows.length === 1
}

/** The folder of that incarnation acts as the cell from now on, which never acted before, and choices are found by that key. */
export async function takeOver(
  connection: Connection,
  { cell, incarnation, keyFingerprint }: Acting & Pick<Claim, 'keyFingerprint'>,
): Promise<void> {
  await connection.query('UPDATE cells SET incarnation = $2, epoch = 1 WHERE id = $1', [cell, incarnation])
  await connection.query('UPDATE cluster SET index_key = $1', [keyFingerprint])
}

/** Nothing is left but the tables, which are as new, and the name of the copy that took everything along. */
export async function emptyDatabase(connection: Connection, leftAs: string): Promise<void> {
  await connection.query(`TRUNCATE feed, findings, statements, active, history, links, erasures, erasure_notices, kept_for_fraud,
    deletion_requests, namespaces, reflected, cells, revisions, stops, proposals, actors, secrets, calls, holds, notice_cells, choices_to_tell RESTART IDENTITY`)
  await connection.query(`UPDATE totals SET amount = 0 WHERE what <> 'links_from'`)
  await connection.query('UPDATE cluster SET head = 0, last_statement = 0, index_key = NULL, map = 0, left_as = $1', [
    leftAs,
  ])
}
/** Undefined where nobody left. */
export async function leftAs(connection: Connection): Promise<string | undefined> {
  const [row] = await connection.query<{ left_as: string | null }>('SELECT left_as FROM cluster')
  return row?.left_as ?? undefined
}

/**
 * Takes a cell out: nobody waits for it any more, and it does not start again. `acts`: its lease may still hold. `erasing`:
 * so many erasures have not reached it yet; `sending`: so many pairs wait there; unless its folder is `lost` with all of it.
 */
export type Removed =
  | { readonly kind: 'removed' | 'unknown' | 'acts' }
  | { readonly kind: 'erasing'; readonly erasures: number }
  | { readonly kind: 'sending'; readonly pairs: number }

export async function removeCell(connection: Connection, cell: NodeId, isLost: boolean): Promise<Removed> {
  return connection.transaction(async () => {
    const [cluster] = await connection.query<{ lease_ms: number }>('SELECT lease_ms FROM cluster FOR UPDATE')
    const [present] = await connection.query<{ is_over: boolean; waiting: number }>(
      `SELECT renewed < clock_timestamp() - $2 * interval '1 ms' AS is_over, waiting FROM cells WHERE id = $1 FOR UPDATE`,
      [cell, 2 * cluster!.lease_ms],
    )
    if (present === undefined) return { kind: 'unknown' }
    if (!present.is_over) return { kind: 'acts' }
    const [open] = await connection.query<{ n: number }>(
      'SELECT count(*) AS n FROM erasures WHERE cell = $1 AND NOT done',
      [cell],
    )
    if (!isLost && open!.n > 0) return { kind: 'erasing', erasures: open!.n }
    if (!isLost && present.waiting > 0) return { kind: 'sending', pairs: present.waiting }
    for (const table of ['erasures', 'choices_to_tell', 'notice_cells'])
      await connection.query(`DELETE FROM ${table} WHERE cell = $1`, [cell])
    await connection.query('DELETE FROM cells WHERE id = $1', [cell])
    await connection.query('UPDATE cluster SET map = map + 1')
    return { kind: 'removed' }
  })
}

/**
 * What this version writes is agreed on from now on. `behind`: these cells may act, and do not read it; nothing was changed.
 * `before`: it was agreed on already.
 */
export type Finalized =
  | { readonly kind: 'agreed' | 'before' }
  | { readonly kind: 'behind'; readonly cells: readonly NodeId[] }

export async function finalize(connection: Connection, version: number): Promise<Finalized> {
  return connection.transaction(async () => {
    const [cluster] = await connection.query<{ lease_ms: number; version: number }>(
      'SELECT lease_ms, version FROM cluster FOR UPDATE',
    )
    if (cluster!.version >= version) return { kind: 'before' }
    const behind = await connection.query<{ id: NodeId }>(
      `SELECT id FROM cells WHERE version < $1 AND renewed >= clock_timestamp() - $2 * interval '1 ms' ORDER BY id::int`,
      [version, 2 * cluster!.lease_ms],
    )
    if (behind.length > 0) return { kind: 'behind', cells: behind.map(({ id }) => id) }
    await connection.query('UPDATE cluster SET version = $1', [version])
    return { kind: 'agreed' }
  })
}

export interface ClusterRow {
  readonly head: number
  /** The one agreed on. */
  readonly version: number
  readonly leaseMs: number
  readonly map: number
  readonly cells: readonly {
    readonly id: NodeId
    readonly incarnation: string
    /** Its own, as of its last start. */
    readonly version: number
    readonly epoch: number
    readonly applied: number
    readonly waiting: number
    /** Since its last renewal; undefined where it is stopped, or never ran. */
    readonly renewedMsAgo: number | undefined
    /** Where it is reached that owns users. */
    readonly ownsAt: string | undefined
    /** Somebody took it off the map. */
    readonly drained: boolean
  }[]
}

/** What the database has of the cluster, for people. */
export async function readCluster(connection: Connection): Promise<ClusterRow> {
  const [cluster] = await connection.query<{ head: number; lease_ms: number; map: number; version: number }>(
    'SELECT head, lease_ms, map, version FROM cluster',
  )
  const cells = await connection.query<{
    id: NodeId
    incarnation: string
    version: number
    epoch: number
    applied: number
    waiting: number
    ago: number | null
    at: string | null
    drained: boolean
  }>(
    `SELECT id, incarnation, version, epoch, applied, waiting, CASE WHEN owns THEN internal END AS at, owns IS FALSE AS drained, CASE WHEN isfinite(renewed) THEN
       (extract(epoch FROM clock_timestamp() - renewed) * 1000)::float8 END AS ago
     FROM cells ORDER BY id::int`,
  )
  return {
    head: cluster!.head,
    version: cluster!.version,
    leaseMs: cluster!.lease_ms,
    map: cluster!.map,
    cells: cells.map(({ ago, at, ...cell }) => ({ ...cell, renewedMsAgo: ago ?? undefined, ownsAt: at ?? undefined })),
  }
}

/** For the claims and commits from now on. MUST NOT be called while a cell acts: others wait out the lease that they know. */
export async function setLease(connection: Connection, leaseMs: number): Promise<void> {
  await connection.query('UPDATE cluster SET lease_ms = $1', [leaseMs])
}

/** The server's list of synchronous standbys, as it is configured; empty where a commit waits for none. */
export async function synchronousStandbys(connection: Connection): Promise<string> {
  const [row] = await connection.query<{ setting: string }>(
    `SELECT current_setting('synchronous_standby_names') AS setting`,
  )
  return row?.setting ?? ''
}

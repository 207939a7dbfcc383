/** How the cells stand, by their rows in the database. */
import type { NodeId } from '../model/brand.ts'
import { type ClusterRow, readCluster } from '../storage/postgres/cells.ts'
import type { Connection } from '../storage/postgres/connection.ts'
import { waitOutMs } from './lease.ts'

export interface CellsStatus {
  /** Of what cells write: the one agreed on. */
  readonly version: number
  readonly leaseSeconds: number
  /** The last entry of the feed. */
  readonly head: number
  /** How often the cells that own users changed. */
  readonly map: number
  readonly cells: readonly {
    readonly cell: NodeId
    /** Its own, as of its last start. */
    readonly version: number
    /** `new`: it never ran. `stopped`: it ended in order. `silent`: its lease has run out, and nobody knows why. */
    readonly state: 'new' | 'stopped' | 'acts' | 'silent'
    /** Pairs of an event and a partner that it had still to send. */
    readonly waiting: number
    /** Entries of the feed that it has not confirmed. */
    readonly behind: number
    readonly renewedSecondsAgo: number | undefined
    /** Where the others hand it the events of its users; undefined where they do not. */
    readonly ownsAt: string | undefined
    /** Its users were given to the others, for good. */
    readonly drained: boolean
  }[]
}

export async function cellsStatus(connection: Connection): Promise<CellsStatus> {
  const { head, map, leaseMs, version, cells } = await readCluster(connection)
  return {
    version,
    leaseSeconds: leaseMs / 1_000,
    head,
    map,
    cells: cells.map((cell) => ({
      cell: cell.id,
      version: cell.version,
      waiting: cell.waiting,
      state: stateOf(cell, leaseMs),
      behind: head - cell.applied,
      renewedSecondsAgo: cell.renewedMsAgo === undefined ? undefined : cell.renewedMsAgo / 1_000,
      ownsAt: cell.ownsAt,
      drained: cell.drained,
    })),
  }
}

export function stateOf({ epoch, renewedMsAgo }: ClusterRow['cells'][number], leaseMs: number) {
  if (epoch === 0) return 'new'
  if (renewedMsAgo === undefined) return 'stopped'
  return renewedMsAgo < waitOutMs(leaseMs) ? 'acts' : 'silent'
}

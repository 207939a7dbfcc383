/** The cluster as whoever runs it sees it: made, its cells added and taken out, and how each stands. */
import { canonicalJson } from '../contracts/canonical.ts'
import type { Plans } from '../contracts/config.ts'
import type { NodeId, Revision } from '../model/brand.ts'
import type { Texts } from '../publish/revision-files.ts'
import { firstPlan } from '../publish/revisions.ts'
import { drainCell } from '../storage/postgres/cell-map.ts'
import { addCell, finalize, readCluster, removeCell, setLease, synchronousStandbys } from '../storage/postgres/cells.ts'
import { type Connection, connect } from '../storage/postgres/connection.ts'
import { changeSetting } from '../storage/postgres/feed.ts'
import { migrate, requireSchema, schemaNumber } from '../storage/postgres/schema.ts'
import { addRevision, newestRevision, removeSecret } from '../storage/postgres/settings.ts'
import { VERSION } from '../storage/postgres/version.ts'
import type { CellMark } from './cell-mark.ts'
import { type Installation, moveIn, moveOut, type WayBack, wentBackAs } from './moving.ts'
import type { ClusterSettings } from './settings.ts'
import { whyUnsafe } from './standbys.ts'
import { type CellsStatus, cellsStatus, stateOf } from './status.ts'

export interface ClusterStatus extends CellsStatus {
  readonly schema: number
  /** What this Sluice writes at most. */
  readonly ownVersion: number
  /** As the server is set. */
  readonly standbys: string
  /** Why a cell does not start on this server; undefined where it may. */
  readonly unsafe: string | undefined
}

const TIMEOUT_MS = 10_000
/** Of a statement that copies many rows, and of the commit behind it. */
const MOVING_TIMEOUT_MS = 3_600_000

/** What a cluster begins with: the files of a folder, as revision 1 where there is none yet, or a whole installation. */
export type Beginning = { readonly files: { readonly plans: Plans; readonly texts: Texts } } | Installation

/**
 * Makes the tables, or brings them up to this version, and lets the cell start. Rejects, having changed nothing, where a
 * commit on this server would not prove that it is the primary, or an installation finds the database in use.
 */
export async function initCluster(settings: ClusterSettings, leaseMs: number, first: Beginning | undefined) {
  const timeoutMs = first === undefined || 'files' in first ? TIMEOUT_MS : MOVING_TIMEOUT_MS
  return on({ ...settings, timeoutMs }, async (connection) => {
    const standbys = await synchronousStandbys(connection)
    const unsafe = whyUnsafe(standbys, settings.safety)
    if (unsafe !== undefined) throw new Error(unsafe)
    const schema = await migrate(connection)
    const { cells, leaseMs: before, head } = await readCluster(connection)
    // Nobody has written anything for anybody.
    if (head === 0 && cells.every(({ epoch }) => epoch === 0)) await finalize(connection, VERSION)
    if (before !== leaseMs) {
      if (cells.some((cell) => stateOf(cell, before) === 'acts'))
        throw new Error(`leases are of ${before / 1_000} s, and cells act by that: stop them all, then change it.`)
      await setLease(connection, leaseMs)
    }
    await addCell(connection, settings.cell)
    if (first !== undefined)
      await changeSetting(connection, 'revisions', () =>
        'files' in first ? publishFirst(connection, first.files) : moveIn(connection, settings.cell, first),
      )
    return {
      schema,
      cell: settings.cell,
      leaseSeconds: leaseMs / 1_000,
      standbys: standbys === '' ? 'none' : standbys,
      revision: await newestRevision(connection),
    }
  })
}

/** The files are only the beginning: where there is a revision they are not looked at. */
async function publishFirst(
  connection: Connection,
  { plans, texts }: { readonly plans: Plans; readonly texts: Texts },
): Promise<void> {
  if ((await newestRevision(connection)) > 0) return
  const plan = firstPlan(plans, 1 as Revision, Date.now())
  await addRevision(connection, { number: 1, plan: canonicalJson(plan), texts: canonicalJson(texts) })
}

/** Everything back into the folder of the last cell. Rejects, having changed nothing in the database, where it is not that. */
export async function leaveCluster(settings: ClusterSettings, to: WayBack): Promise<void> {
  await on({ ...settings, timeoutMs: MOVING_TIMEOUT_MS }, async (connection) => {
    await requireSchema(connection)
    await moveOut(connection, settings.cell, to)
  })
}

/**
 * How the cluster knows a cell whose folder has this mark. `isHome`: the copy that it names went back. `isKnown`: the cell acts
 * in this folder, or did last.
 */
export async function standingOf(settings: ClusterSettings, cell: NodeId, mark: Partial<CellMark>) {
  return on(settings, async (connection) => {
    await requireSchema(connection)
    const isHome = mark.leaving !== undefined && (await wentBackAs(connection, mark.leaving))
    const { cells } = await readCluster(connection)
    const own = cells.find(({ id }) => id === cell)
    return {
      isHome,
      isLast: own !== undefined && cells.length === 1,
      isKnown: own !== undefined && mark.incarnations?.includes(own.incarnation) === true,
    }
  })
}

/** The one there was is good at no cell any more; the next cell that starts makes another. */
export async function voidBootstrapToken(settings: ClusterSettings): Promise<void> {
  await on(settings, async (connection) => {
    await requireSchema(connection)
    await changeSetting(connection, 'access', () => removeSecret(connection, 'bootstrap.hash'))
  })
}

/** False where it was there already. */
export async function addTheCell(settings: ClusterSettings, cell: NodeId): Promise<boolean> {
  return on(settings, async (connection) => {
    await requireSchema(connection)
    return addCell(connection, cell)
  })
}

/** Rejects where there is no such cell, or no other that could own its users. */
export async function drainTheCell(settings: ClusterSettings, cell: NodeId): Promise<void> {
  const drained = await on(settings, async (connection) => {
    await requireSchema(connection)
    return drainCell(connection, cell)
  })
  if (drained === 'unknown') throw new Error(`cell ${cell} is not in the cluster.`)
  if (drained === 'last') throw new Error(`no other cell owns users: start one with cluster.internal first.`)
}

/** Rejects where it may still act, or has people to erase or events to send and its folder is not lost. */
export async function removeTheCell(settings: ClusterSettings, cell: NodeId, isLost: boolean): Promise<void> {
  const removed = await on(settings, async (connection) => {
    await requireSchema(connection)
    return removeCell(connection, cell, isLost)
  })
  if (removed.kind === 'unknown') throw new Error(`cell ${cell} is not in the cluster.`)
  if (removed.kind === 'acts')
    throw new Error(`cell ${cell} acts, or did a moment ago: stop it, and try again when its lease has run out.`)
  if (removed.kind === 'sending')
    throw new Error(
      `cell ${cell} has ${removed.pairs} pairs of an event and a partner to send: start it once more, which does so, or say --lost.`,
    )
  if (removed.kind === 'erasing')
    throw new Error(
      `cell ${cell} has ${removed.erasures} erasures to finish: start it once more, which does so, or say --lost.`,
    )
}

/** What this Sluice writes is agreed on, and one that is older starts no more. False where it was before. */
export async function finalizeCluster(settings: ClusterSettings, version = VERSION): Promise<boolean> {
  const finalized = await on(settings, async (connection) => {
    await requireSchema(connection, version)
    return finalize(connection, version)
  })
  if (finalized.kind === 'behind')
    throw new Error(
      `cell ${finalized.cells.join(', ')}: runs an older Sluice than this one, or did a moment ago: start it with the newer one first.`,
    )
  return finalized.kind === 'agreed'
}

export async function readStatus(settings: ClusterSettings): Promise<ClusterStatus> {
  return on(settings, async (connection) => {
    await requireSchema(connection)
    const standbys = await synchronousStandbys(connection)
    return {
      schema: await schemaNumber(connection),
      ...(await cellsStatus(connection)),
      ownVersion: VERSION,
      standbys: standbys === '' ? 'none' : standbys,
      unsafe: whyUnsafe(standbys, settings.safety),
    }
  })
}

async function on<T>(
  { urls, cell, timeoutMs = TIMEOUT_MS }: ClusterSettings & { readonly timeoutMs?: number },
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await connect({ urls, applicationName: `sluice cluster ${cell}`, timeoutMs })
  try {
    return await work(connection)
  } finally {
    if (!connection.isEnded()) await connection.end()
  }
}

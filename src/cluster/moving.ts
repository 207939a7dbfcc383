/** An installation's choices and settings, from its folder into the database that cells share, and back while there is one cell. */
import type { NodeId } from '../model/brand.ts'
import { copyChoicesIn, copyChoicesOut } from '../storage/choices-move.ts'
import { emptyDatabase, leftAs, readCluster, takeOver } from '../storage/postgres/cells.ts'
import type { Connection } from '../storage/postgres/connection.ts'
import { handedOn } from '../storage/postgres/rows.ts'
import * as rows from '../storage/postgres/settings.ts'

/** What operators decided, as the tables hold it. */
export interface Settings {
  readonly revisions: readonly rows.RevisionRow[]
  /** Partners, and `all`. */
  readonly stops: readonly string[]
  /** As JSON, each with its `number`. */
  readonly proposals: readonly string[]
  /** As JSON, each with its `id`, in their order. */
  readonly actors: readonly string[]
  readonly secrets: readonly { readonly what: string; readonly body: string }[]
  readonly calls: readonly rows.CallRow[]
  /** Legal holds, but those on a segment of one ledger. */
  readonly holds: readonly rows.HoldRow[]
}

/** A folder that becomes a cell. MUST be locked. */
export interface Installation extends Settings {
  /** Its choices.db. */
  readonly choices: string
  /** How many restricting signals the folder knows of; undefined where it does not say. */
  readonly learnt: number | undefined
  /** Under which it will be known; the last of those in its mark. */
  readonly incarnations: readonly string[]
  readonly keyFingerprint: string
  /** Awaited before anything is copied: from then on the folder is the cell's. */
  readonly begun: () => Promise<void>
  /** Awaited where nothing was copied, and nothing will be. */
  readonly undone: () => Promise<void>
}

/**
 * In a transaction that holds the row of `cluster`: all of it or nothing. Does nothing where this folder was copied before.
 * Rejects where the database holds anything else.
 */
export async function moveIn(transaction: Connection, cell: NodeId, from: Installation): Promise<void> {
  const { cells, head } = await readCluster(transaction)
  if (cells.some(({ id, incarnation }) => id === cell && from.incarnations.includes(incarnation))) return
  if (head > 0 || cells.some(({ epoch }) => epoch > 0))
    throw new Error('the database is in use: an installation moves into an empty one. Nothing was changed.')
  await from.begun()
  try {
    await withoutHurry(transaction)
    const learnt = await copyChoicesIn(transaction, from.choices, cell)
    if (learnt < (from.learnt ?? 0))
      throw new Error(
        `choices.db is older than the folder: ${(from.learnt ?? 0) - learnt} signals that it learnt are not in it. Start it once without a cluster, which says what to do.`,
      )
    await write(transaction, from)
    await takeOver(transaction, { cell, incarnation: from.incarnations.at(-1)!, keyFingerprint: from.keyFingerprint })
  } catch (error) {
    await from.undone()
    throw error
  }
}

async function write(
  to: Connection,
  { revisions, stops, proposals, actors, secrets, calls, holds }: Settings,
): Promise<void> {
  for (const row of revisions) await rows.addRevision(to, row)
  await rows.addStops(to, stops)
  for (const body of proposals) await rows.keepProposal(to, numberIn(body), body)
  // Sound: lines of the list of actors.
  for (const body of actors) await rows.keepActor(to, (JSON.parse(body) as { readonly id: string }).id, body)
  for (const { what, body } of secrets) await rows.keepSecret(to, what, body)
  for (const call of calls) await rows.keepCall(to, call)
  for (const hold of holds) await rows.keepHold(to, hold)
}

export interface WayBack {
  /** Of the folder, which MUST be locked. */
  readonly incarnations: readonly string[]
  /** Where the choices go; there is nothing yet. */
  readonly choices: string
  /** Of this copy: drawn. */
  readonly id: string
  /** Keeps the rest in the folder, durably. Awaited before the database is emptied. */
  readonly keep: (settings: Omit<Settings, 'revisions'>, newestRevision: number) => Promise<void>
}

/**
 * Everything into the folder, and then nothing is left in the database. Rejects, having changed nothing there, where another
 * cell is in the cluster, this one may act, or acted last in another folder.
 */
export async function moveOut(connection: Connection, cell: NodeId, to: WayBack): Promise<void> {
  await connection.transaction(async () => {
    await connection.query('SELECT head FROM cluster FOR UPDATE')
    const { cells, leaseMs } = await readCluster(connection)
    const own = cells.find(({ id }) => id === cell)
    if (own === undefined || cells.length > 1)
      throw new Error('other cells are in the cluster: take them out first (`sluice cluster leave`).')
    if (own.renewedMsAgo !== undefined && own.renewedMsAgo < 2 * leaseMs)
      throw new Error(`cell ${cell} acts, or did a moment ago: stop it, and try again when its lease has run out.`)
    if (own.epoch > 0 && !to.incarnations.includes(own.incarnation))
      throw new Error(`cell ${cell} acted last in another folder: what it accepted is there.`)
    if ((await handedOn(connection, cell, 1)).length > 0)
      throw new Error(`cell ${cell} has yet to plan who is told of choices of other cells: start it once, and stop it.`)
    await withoutHurry(connection)
    await copyChoicesOut(connection, to.choices, cell)
    const settings = {
      stops: await rows.stops(connection),
      proposals: await rows.proposals(connection),
      actors: await rows.actors(connection),
      secrets: await rows.secrets(connection),
      calls: await rows.calls(connection),
      holds: await rows.holds(connection),
    }
    await to.keep(settings, await rows.newestRevision(connection))
    await emptyDatabase(connection, to.id)
  })
}

/** True where the copy of that name is what went back, whether or not anybody was told. */
export async function wentBackAs(connection: Connection, id: string): Promise<boolean> {
  return connection.transaction(async () => {
    // Behind a commit of which nobody knows yet.
    await connection.query('SELECT head FROM cluster FOR UPDATE')
    return (await leftAs(connection)) === id
  })
}

/** Of a proposal. */
export function numberIn(body: string): number {
  // Sound: whoever read or wrote it as a proposal has looked at that.
  return (JSON.parse(body) as { readonly number: number }).number
}

/** Disks may take longer than a session otherwise may stand still in the middle of a transaction. */
async function withoutHurry(transaction: Connection): Promise<void> {
  await transaction.query('SET LOCAL idle_in_transaction_session_timeout = 0')
}

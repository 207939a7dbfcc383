/**
 * What several cells cost on one machine: an event with 1, 3 and 8 of them, an event that another cell owns, the copy of the
 * choices in each, and how long an opt-out takes until it is in force in all of them.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { request } from 'undici'
import type { Database } from '../test/cluster/database.ts'
import { WRITE_KEY } from '../test/support/config-folder.ts'
import { postgresBinaries } from '../test/support/postgres.ts'
import { type CellsRig, LEASE_SECONDS, startCellsDatabase, startCellsRig } from './support/cells.ts'
import { CONTENDER_COLUMNS, contenderRow, interleave } from './support/contenders.ts'
import { quantile, shown } from './support/figures.ts'
import { cpuMicrosOf } from './support/kernel.ts'
import type { BenchOptions, Report } from './support/report.ts'
import { type Load, startLoad, type Work } from './support/rig.ts'
import { type Stops, withStops } from './support/stops.ts'

const FULL = { rounds: 5, batches: 240, warmUp: 480, idleMs: 10_000, imported: 20_000, optOuts: 200 }
const QUICK = { rounds: 2, batches: 60, warmUp: 240, idleMs: 3_000, imported: 2_000, optOuts: 50 }
const SIZES = [1, 3, 8] as const
/** Batches under way at once for each cell: few enough that eight of them on two processors refuse nothing. */
const SENDERS_EACH = 8
/** Phones of a cell, which come back to it. */
const RETURNING = 240

export async function run({ quick }: BenchOptions): Promise<Report> {
  const size = quick === true ? QUICK : FULL
  const question = 'cluster: what do several cells cost?'
  const columns = ['', ...CONTENDER_COLUMNS]
  const binaries = postgresBinaries()
  if (binaries === undefined)
    return { question, method: '', columns, rows: [], notes: ['SKIPPED: PostgreSQL is not installed'] }
  const found = await withStops(async (stops) => {
    const load = await startLoad(stops)
    const database = await startCellsDatabase(binaries, stops)
    const own = await eventsAt(false, database, load, stops, size)
    const notes: string[] = []
    for (const [index, rig] of own.rigs.entries()) {
      notes.push(await atRest(rig, database, size.idleMs))
      if (index > 0) notes.push(await copying(rig, database, size.imported))
      notes.push(await optingOut(rig, size.optOuts))
    }
    return { rows: own.rows, notes }
  })
  const handedOn = await withStops(async (stops) => {
    const load = await startLoad(stops)
    return eventsAt(true, await startCellsDatabase(binaries, stops), load, stops, size)
  })
  return {
    question,
    method:
      `Cells with leases of ${LEASE_SECONDS} s on one machine, over a PostgreSQL whose two standbys confirm each commit. One webhook partner; for each cell ${SENDERS_EACH} senders, ` +
      `${RETURNING} returning phones and ${(size.batches * 20).toLocaleString('en')} events a round in batches of 20; ${size.rounds} rounds in turn. CPU µs are of all the cells ` +
      'together for one event, without the database. Ratios are to one cell of the same group.',
    columns,
    rows: [...found.rows, ...handedOn.rows],
    notes: found.notes,
  }
}

interface Size {
  readonly rounds: number
  readonly batches: number
  readonly warmUp: number
}

async function eventsAt(handsOn: boolean, database: Database, load: Load, stops: Stops, size: Size) {
  const rigs: CellsRig[] = []
  for (const cells of SIZES)
    rigs.push(
      await startCellsRig(database, { name: `${handsOn ? 'handed' : 'own'}${cells}`, cells, handsOn }, load, stops),
    )
  /** As much for each cell as one alone gets: what is shared out among them is shared by fewer. */
  const workOf = ({ gateways: { length } }: CellsRig, batches: number): Work => ({
    batches: batches * length,
    senders: SENDERS_EACH * length,
    devices: { kind: 'in turn', first: 0, count: RETURNING * length },
  })
  for (const rig of rigs) await rig.round(workOf(rig, size.warmUp))
  const how = handsOn ? 'handed to the cell that owns the user' : 'kept where they are sent'
  const measured = await interleave(
    rigs.map((rig) => ({ name: `${cellsOf(rig)}, events ${how}`, round: () => rig.round(workOf(rig, size.batches)) })),
    size.rounds,
  )
  for (const rig of rigs) await rig.check()
  return { rigs, rows: measured.map((one) => contenderRow(one, measured[0])) }
}

function cellsOf({ gateways }: CellsRig): string {
  return gateways.length === 1 ? '1 cell' : `${gateways.length} cells`
}

function databaseMicros({ primary, standbys }: Database): number {
  return [primary(), ...standbys()].reduce((sum, { pid }) => sum + cpuMicrosOf(pid), 0)
}

/** What leases and an empty feed cost. The other rigs of the run renew theirs as well. */
async function atRest(rig: CellsRig, database: Database, forMs: number): Promise<string> {
  const cells = (): number => rig.gateways.reduce((sum, { pid }) => sum + cpuMicrosOf(pid), 0)
  const [cellsBefore, databaseBefore, from] = [cells(), databaseMicros(database), performance.now()]
  await pause(forMs)
  const seconds = (performance.now() - from) / 1_000
  const running = SIZES.reduce((sum, cells) => sum + cells, 0)
  const each = (cells() - cellsBefore) / 1_000 / seconds / rig.gateways.length
  const ofDatabase = (databaseMicros(database) - databaseBefore) / 1_000 / seconds / running
  return `${cellsOf(rig)} without traffic: ${shown(each)} ms of CPU a second in each, ${shown(ofDatabase)} ms in the database (primary and standbys) for each cell`
}

/** Opt-outs that are imported at the first cell, and what each other cell's copy of them costs. */
async function copying(rig: CellsRig, database: Database, count: number): Promise<string> {
  const [first, ...others] = rig.gateways
  const lines = Array.from({ length: count }, () =>
    JSON.stringify({
      kind: 'advertising_id',
      value: randomUUID(),
      denies: ['sale', 'sharing', 'targeted_advertising'],
    }),
  )
  const read = (): readonly number[] => [
    cpuMicrosOf(first!.pid),
    others.reduce((sum, { pid }) => sum + cpuMicrosOf(pid), 0) / others.length,
    databaseMicros(database),
  ]
  const before = read()
  const from = performance.now()
  const { statusCode, body } = await request(`${first!.controlUrl}/api/v1/choices/import`, {
    method: 'POST',
    headers: { authorization: `Bearer ${rig.token}`, 'content-type': 'application/x-ndjson' },
    body: lines.join('\n'),
  })
  const said = (await body.json()) as { readonly stored?: number }
  if (statusCode !== 200 || said.stored !== count) throw new Error(`${said.stored} of ${count} stored: ${statusCode}`)
  const seconds = (performance.now() - from) / 1_000
  const [writer, copy, ofDatabase] = read().map((after, index) => shown((after - before[index]!) / count))
  return (
    `${cellsOf(rig)}, ${count.toLocaleString('en')} opt-outs imported at one: ${shown(count / seconds)} a second until they are in force in all; CPU µs for ` +
    `each: ${writer} where they are written, ${copy} in every other cell, ${ofDatabase} in the database`
  )
}

/** One after another, at the cells in turn, until each is acknowledged: then it is in force in all of them. */
async function optingOut(rig: CellsRig, count: number): Promise<string> {
  const tookMs: number[] = []
  const headers = {
    authorization: `Basic ${Buffer.from(`${WRITE_KEY}:`).toString('base64')}`,
    'content-type': 'application/json',
  }
  for (let n = 0; n < count; n++) {
    const { dataUrl } = rig.gateways[n % rig.gateways.length]!
    const from = performance.now()
    const { statusCode, body } = await request(`${dataUrl}/v1/me/choices`, {
      method: 'PUT',
      headers,
      body: JSON.stringify({ identities: { user: randomUUID() }, opt_out: true }),
    })
    await body.dump()
    if (statusCode !== 200) throw new Error(`an opt-out was answered ${statusCode}`)
    tookMs.push(performance.now() - from)
  }
  const ascending = tookMs.toSorted((a, b) => a - b)
  return `${cellsOf(rig)}: an opt-out is in force in all after ${shown(quantile(ascending, 0.5))} ms (p50), ${shown(quantile(ascending, 0.99))} ms (p99), one at a time`
}

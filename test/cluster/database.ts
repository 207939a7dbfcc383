/** Three servers of PostgreSQL: a primary, and two standbys, each of which has to confirm every commit. They change places. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import type { NodeId } from '../../src/model/brand.ts'
import { addCell } from '../../src/storage/postgres/cells.ts'
import { connect } from '../../src/storage/postgres/connection.ts'
import { migrate } from '../../src/storage/postgres/schema.ts'
import { freePort } from '../support/free-port.ts'
import { copyCluster, createCluster, type RunningServer, runServer, serverFolder } from '../support/postgres.ts'
import { until } from '../support/until.ts'

export interface Database {
  /** Of all servers, whatever they are at the moment. */
  readonly ports: readonly number[]
  /** At first the first of the ports. */
  primary(): RunningServer
  standbys(): readonly RunningServer[]
  /** Cancels every commit that waits for a standby: it is durable at the primary alone, and answered with a warning. */
  cancelWaits(): Promise<void>
  /**
   * Makes a standby the primary while the old one goes on beside it for so many milliseconds, without a standby; then ends the
   * old one, and makes it a standby of the new.
   */
  promote(besideMs: number): Promise<void>
  stop(): Promise<void>
}

interface Server {
  readonly name: string
  readonly port: number
  readonly folder: string
  running: RunningServer
}

export async function startDatabase(binaries: string): Promise<Database> {
  const first = await startFirst(binaries)
  const servers: Server[] = [first]
  let primary = first
  const standbys = (): readonly Server[] => servers.filter((one) => one !== primary)
  const follow = async (name: string): Promise<Server> => {
    const port = await freePort()
    const folder = serverFolder()
    return { name, port, folder, running: await copyOf(binaries, primary, { name, port, folder }) }
  }
  for (const name of ['s2', 's3']) servers.push(await follow(name))
  await first.running.admin('CREATE DATABASE cells')
  await first.running.admin('CREATE DATABASE gateways')
  const connection = await connect({ urls: [first.running.urlOf('cells')], applicationName: 'tests' })
  await migrate(connection)
  for (const cell of ['0', '1', '2']) await addCell(connection, cell as NodeId)
  await connection.end()
  await confirmBy(primary, standbys())
  return {
    ports: servers.map(({ port }) => port),
    primary: () => primary.running,
    standbys: () => standbys().map(({ running }) => running),
    cancelWaits: () =>
      primary.running.admin(`SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'`),
    promote: async (besideMs) => {
      const old = primary
      const others = standbys()
      for (const { running } of others) await settingOf(running, 'primary_conninfo', '')
      for (const { running } of others)
        await until('a standby to follow nobody', async () => (await ask(running, RECEIVERS)).length === 0)
      const [next, last] = await furthestFirst(others)
      // Nobody but the new primary's standby confirms its commits, and nobody those of the old one.
      await settingOf(next.running, 'synchronous_standby_names', `ANY 1 (${last.name})`)
      await ask(next.running, 'SELECT pg_promote()')
      await settingOf(last.running, 'primary_conninfo', originOf(next, last.name))
      await new Promise((resolve) => setTimeout(resolve, besideMs))
      await old.running.stop()
      primary = next
      rmSync(join(old.folder, 'data'), { recursive: true })
      old.running = await copyOf(binaries, next, old)
      await confirmBy(primary, standbys())
    },
    stop: async () => {
      for (const { running, folder } of servers) {
        await running.stop()
        rmSync(folder, { recursive: true, force: true })
      }
    },
  }
}

const RECEIVERS = 'SELECT pid FROM pg_stat_wal_receiver'

async function startFirst(binaries: string): Promise<Server> {
  const place = { name: 's1', port: await freePort(), folder: serverFolder() }
  const data = join(place.folder, 'data')
  createCluster(binaries, data)
  return { ...place, running: await runServer(binaries, { ...place, data }) }
}

/** A standby of it. */
async function copyOf(binaries: string, of: Server, to: Omit<Server, 'running'>): Promise<RunningServer> {
  const data = join(to.folder, 'data')
  await copyCluster(binaries, data, originOf(of, to.name))
  return runServer(binaries, { folder: to.folder, port: to.port, data })
}

function originOf({ folder, port }: Server, name: string): string {
  return `host=${folder} port=${port} user=sluice application_name=${name}`
}

async function confirmBy(primary: Server, standbys: readonly Server[]): Promise<void> {
  const names = standbys.map(({ name }) => name)
  await settingOf(primary.running, 'synchronous_standby_names', `ANY ${names.length} (${names.join(', ')})`)
  await until('all standbys to confirm commits', async () => {
    const rows = await ask(primary.running, `SELECT pid FROM pg_stat_replication WHERE sync_state = 'quorum'`)
    return rows.length === names.length
  })
}

/** Of two that follow nobody, the one that has more of the log, which the other can follow. */
async function furthestFirst([one, other]: readonly Server[]): Promise<readonly [Server, Server]> {
  const reached = async ({ running }: Server): Promise<bigint> => {
    const [row] = await ask(running, `SELECT pg_wal_lsn_diff(pg_last_wal_receive_lsn(), '0/0')::text AS at`)
    return BigInt(String(row?.at))
  }
  // Sound: there are two.
  const [a, b] = [one!, other!]
  return (await reached(a)) >= (await reached(b)) ? [a, b] : [b, a]
}

async function settingOf(server: RunningServer, name: string, value: string): Promise<void> {
  await server.admin(`ALTER SYSTEM SET ${name} = '${value}'`)
  await server.admin('SELECT pg_reload_conf()')
}

async function ask(server: RunningServer, sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = new pg.Client({ connectionString: server.urlOf('postgres') })
  await client.connect()
  const { rows } = await client.query(sql).finally(() => client.end())
  return rows
}

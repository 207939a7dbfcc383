/** A primary and two standbys, each of which has to confirm every commit. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import type { NodeId } from '../../src/model/brand.ts'
import { addCell } from '../../src/storage/postgres/cells.ts'
import { connect } from '../../src/storage/postgres/connection.ts'
import { migrate } from '../../src/storage/postgres/schema.ts'
import { freePort } from '../support/free-port.ts'
import { createCluster, type RunningServer, runServer, runTool, serverFolder } from '../support/postgres.ts'
import { until } from '../support/until.ts'

export interface Database {
  readonly port: number
  readonly primary: RunningServer
  readonly standbys: readonly RunningServer[]
  stop(): Promise<void>
}

const STANDBYS = ['s1', 's2']

export async function startDatabase(binaries: string): Promise<Database> {
  const folder = serverFolder()
  const port = await freePort()
  const data = join(folder, 'primary')
  createCluster(binaries, data)
  const primary = await runServer(binaries, { folder, data, port })
  const standbys: RunningServer[] = []
  for (const name of STANDBYS) {
    const place = serverFolder()
    const copy = join(place, 'data')
    const source = `host=${folder} port=${port} user=sluice application_name=${name}`
    runTool(binaries, 'pg_basebackup', ['-D', copy, '-d', source, '-R', '-X', 'stream', '--no-sync'])
    standbys.push(await runServer(binaries, { folder: place, data: copy, port: await freePort() }))
  }
  await primary.admin('CREATE DATABASE cells')
  await primary.admin('CREATE DATABASE gateways')
  const url = primary.urlOf('cells')
  const connection = await connect({ urls: [url], applicationName: 'tests' })
  await migrate(connection)
  for (const cell of ['0', '1', '2']) await addCell(connection, cell as NodeId)
  await connection.end()
  await primary.admin(`ALTER SYSTEM SET synchronous_standby_names = 'ANY 2 (${STANDBYS.join(', ')})'`)
  await primary.admin('SELECT pg_reload_conf()')
  await until('both standbys to confirm commits', async () => {
    const client = new pg.Client({ connectionString: primary.urlOf('postgres') })
    await client.connect()
    const { rows } = await client
      .query(`SELECT count(*)::int AS n FROM pg_stat_replication WHERE sync_state = 'quorum'`)
      .finally(() => client.end())
    return rows[0].n === STANDBYS.length
  })
  return {
    port,
    primary,
    standbys,
    stop: async () => {
      for (const server of [primary, ...standbys]) await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

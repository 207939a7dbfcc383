/**
 * A PostgreSQL server for a run of tests: Debian's binaries, a folder of its own, a socket and no port. As root it runs as
 * `postgres` or `nobody`, which the server insists on.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { until } from './until.ts'

export interface PostgresServer {
  /** A new database on it, made once for each server by `prepare` and copied from there. */
  database(): Promise<string>
  stop(): Promise<void>
}

const DEBIAN = '/usr/lib/postgresql'
const SOCKETS = '/tmp'

/** The folder of `initdb` and `postgres`, or undefined where there is none: then the tests are skipped, and say so. */
export function postgresBinaries(): string | undefined {
  try {
    const versions = readdirSync(DEBIAN).toSorted((a, b) => Number(b) - Number(a))
    return versions[0] === undefined ? undefined : join(DEBIAN, versions[0], 'bin')
  } catch {
    return undefined
  }
}

/** Who the server runs as, and folders that this user may enter. */
function serverUser(): { readonly uid?: number; readonly gid?: number } {
  return userInfo().uid === 0 ? { uid: idOf('postgres', '-u'), gid: idOf('postgres', '-g') } : {}
}

export function serverFolder(): string {
  const folder = mkdtempSync(join(SOCKETS, 'sluice-pg-'))
  const { uid, gid } = serverUser()
  if (uid !== undefined) execFileSync('chown', [`${uid}:${gid}`, folder])
  chmodSync(folder, 0o755)
  return folder
}

/** A copy of a server that runs, which follows it. @param origin as libpq takes it */
export async function copyCluster(binaries: string, data: string, origin: string): Promise<void> {
  const args = ['-D', data, '-d', origin, '-R', '-X', 'stream', '-c', 'fast', '--no-sync']
  const child = spawn(join(binaries, 'pg_basebackup'), args, {
    ...serverUser(),
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`pg_basebackup ended with ${code}`)
}

export function createCluster(binaries: string, data: string): void {
  const args = ['-D', data, '-A', 'trust', '-U', 'sluice', '--no-sync', '-E', 'UTF8', '--locale=C', '--data-checksums']
  execFileSync(join(binaries, 'initdb'), args, { ...serverUser(), stdio: ['ignore', 'ignore', 'inherit'] })
}

export interface RunningServer {
  readonly pid: number
  urlOf(database: string): string
  /** Runs as the superuser, each statement in a session of its own. */
  admin(sql: string): Promise<void>
  stop(): Promise<void>
}

/** Serves the data folder on a socket in `folder`, and on `port` of loopback where one is given. */
export async function runServer(
  binaries: string,
  { folder, data, port, settings = [] }: ServerPlace,
): Promise<RunningServer> {
  const listening = port === undefined ? ['listen_addresses='] : ['listen_addresses=127.0.0.1', `port=${port}`]
  const options = [...listening, 'max_connections=60', ...settings].flatMap((one) => ['-c', one])
  const child = spawn(join(binaries, 'postgres'), ['-D', data, '-k', folder, ...options], {
    ...serverUser(),
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const killed = (): void => void child.kill('SIGQUIT')
  process.once('exit', killed)
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-10_000)
  })
  const host = `host=${encodeURIComponent(folder)}${port === undefined ? '' : `&port=${port}`}`
  const urlOf = (name: string): string => `postgres://sluice@localhost/${name}?${host}`
  const admin = async (sql: string): Promise<void> => {
    const client = new pg.Client({ connectionString: urlOf('postgres') })
    await client.connect()
    await client.query(sql).finally(() => client.end())
  }
  await until('PostgreSQL to answer', () => {
    if (child.exitCode !== null) throw new Error(`PostgreSQL ended: ${said}`)
    return admin('SELECT 1').then(
      () => true,
      () => false,
    )
  })
  return {
    pid: child.pid!,
    urlOf,
    admin,
    stop: async () => {
      process.removeListener('exit', killed)
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      // A stopped process takes no signal but these two.
      child.kill('SIGCONT')
      child.kill('SIGINT')
      await ended
    },
  }
}
export interface ServerPlace {
  readonly folder: string
  readonly data: string
  readonly port?: number
  readonly settings?: readonly string[]
}

/** @param prepare fills the database that all others are copies of, and ends its connections */
export async function startPostgres(
  binaries: string,
  prepare: (url: string) => Promise<void>,
  settings: readonly string[] = [],
): Promise<PostgresServer> {
  const folder = serverFolder()
  const data = join(folder, 'data')
  createCluster(binaries, data)
  const { urlOf, admin, stop } = await runServer(binaries, { folder, data, settings })
  let databases = 0
  await admin('CREATE DATABASE prepared')
  await prepare(urlOf('prepared'))
  return {
    database: async () => {
      const name = `d${++databases}`
      await admin(`CREATE DATABASE ${name} TEMPLATE prepared`)
      return urlOf(name)
    },
    stop: async () => {
      await stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function idOf(name: string, flag: '-u' | '-g'): number {
  return Number(execFileSync('id', [flag, name], { encoding: 'utf8' }).trim())
}

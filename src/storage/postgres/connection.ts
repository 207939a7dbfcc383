/**
 * One connection to the primary, and what makes a commit on it count: it returns only once a synchronous standby has it.
 * PostgreSQL 15 documentation, §20.6 (`synchronous_standby_names`) and §27.2.8 (synchronous replication).
 */
import pg from 'pg'

export interface PostgresSettings {
  /** `postgres://…` of each server that may be the primary, tried in this order. Never logged. */
  readonly urls: readonly string[]
  /** Shown in `pg_stat_activity`. */
  readonly applicationName: string
  /**
   * A query that takes longer rejects and its connection is over, in milliseconds: a server that does not answer, or a
   * commit that no standby takes. Default: none.
   */
  readonly timeoutMs?: number
}

/** How long a connection may take, in milliseconds. */
const CONNECT_MS = 5_000
/**
 * A session that stops in the middle of a transaction holds the one lock every writer needs; the server ends it after so
 * many milliseconds, and its transaction with it.
 */
const IDLE_IN_TRANSACTION_MS = 2_000

export interface Connection {
  /**
   * Rows as objects. `int8` arrives as a number: everything counted here stays below 2^53.
   * @param name prepares the statement once under it
   */
  query<Row extends object>(text: string, values?: readonly unknown[], name?: string): Promise<readonly Row[]>
  /**
   * Runs `work` between BEGIN and COMMIT; rolls back where it rejects. Rejects too where the COMMIT returned but the
   * server warned: a wait for the standby that was cancelled ends in a warning, and the transaction is then on one machine.
   */
  transaction<T>(work: () => Promise<T>): Promise<T>
  /** Calls back for each NOTIFY on the channel, until the connection ends. */
  listen(channel: string, heard: () => void): Promise<void>
  /** True once it ended, whoever ended it. It is never opened again. */
  isEnded(): boolean
  end(): Promise<void>
}

/** A connection to the first of the servers that takes writes. Rejects, with what each of them said, where none does. */
export async function connect(settings: PostgresSettings): Promise<Connection> {
  const said: string[] = []
  for (const url of settings.urls) {
    try {
      const connection = await open(url, settings)
      const [row] = await connection.query<{ is_standby: boolean }>('SELECT pg_is_in_recovery() AS is_standby')
      if (row?.is_standby === false) return connection
      await connection.end()
      said.push('it is a standby')
    } catch (error) {
      // The driver's errors name host and reason, and no password.
      said.push(error instanceof Error ? error.message : 'unknown')
    }
  }
  throw new Error(`no database takes writes: ${said.join('; ')}`)
}

async function open(url: string, { applicationName, timeoutMs }: PostgresSettings): Promise<Connection> {
  const client = new pg.Client({
    connectionString: url,
    application_name: applicationName,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    ...(timeoutMs === undefined ? {} : { query_timeout: timeoutMs }),
    types: { getTypeParser },
    // Given at the start of the session, so that no statement runs without them.
    options: `-c synchronous_commit=on -c idle_in_transaction_session_timeout=${IDLE_IN_TRANSACTION_MS} -c search_path=sluice`,
  })
  let isEnded = false
  let warning: string | undefined
  client.on('end', () => {
    isEnded = true
  })
  // Whoever waits for a query is told by its rejection; without a listener an idle connection's error ends the process.
  client.on('error', () => {
    isEnded = true
  })
  client.on('notice', ({ severity, message }) => {
    if (severity === 'WARNING') warning = message
  })
  await client.connect()
  const destroy = (): void => {
    isEnded = true
    void client.end().catch(() => undefined)
  }

  const query = async <Row extends object>(
    text: string,
    values: readonly unknown[] = [],
    name?: string,
  ): Promise<readonly Row[]> => {
    try {
      const { rows } = await client.query<Row>({ text, values: [...values], ...(name === undefined ? {} : { name }) })
      return rows
    } catch (error) {
      // What the server says of a statement leaves the session as it was; anything else leaves nobody knowing where it is.
      if (!(error instanceof pg.DatabaseError)) destroy()
      throw error
    }
  }
  return {
    query,
    transaction: async (work) => {
      await query('BEGIN')
      let value: Awaited<ReturnType<typeof work>>
      try {
        value = await work()
      } catch (error) {
        if (!isEnded) await query('ROLLBACK')
        throw error
      }
      warning = undefined
      await query('COMMIT')
      if (warning !== undefined) {
        destroy()
        throw new Error(`the commit is not known to be on a standby: ${warning}`)
      }
      return value
    },
    listen: async (channel, heard) => {
      client.on('notification', (one) => {
        if (one.channel === channel) heard()
      })
      await query(`LISTEN ${pg.escapeIdentifier(channel)}`)
    },
    isEnded: () => isEnded,
    end: () => client.end(),
  }
}

const INT8 = 20
function getTypeParser(oid: number, format?: 'text' | 'binary') {
  return oid === INT8 ? Number : pg.types.getTypeParser(oid, format as 'text')
}

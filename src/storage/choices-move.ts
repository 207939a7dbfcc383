/**
 * Everything that choices.db holds, into the database that cells share and back: row for row, in the caller's transaction.
 * Neither side may have any of it before.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { NodeId } from '../model/brand.ts'
import type { Connection } from './postgres/connection.ts'
import { CHOICES_APPLICATION_ID, prepareChoicesSchema } from './sqlite/choices-schema.ts'
import { checkpoint, openDatabase } from './sqlite/open.ts'

/** Rows of one statement. */
const PAGE = 5_000
/** Numbers from here on are drawn; those below are given in order. `postgres/rules-store.ts`. */
const DRAWN_FROM = 2 ** 48

type Kind = 'key' | 'text' | 'number' | 'flag'
interface Table {
  /** In choices.db, and among the shared tables. */
  readonly names: readonly [string, string]
  readonly columns: Readonly<Record<string, Kind>>
  /** The shared table has a row for each cell. */
  readonly ofCell?: true
  /** Which rows of choices.db are meant; default: all. */
  readonly where?: string
}

const TABLES: readonly Table[] = [
  { names: ['findings', 'findings'], columns: { id: 'number', text: 'text' } },
  {
    names: ['said', 'statements'],
    columns: {
      id: 'number',
      finding: 'number',
      channel: 'text',
      said_by: 'text',
      first_at: 'number',
      at: 'number',
      device: 'key',
      cover: 'flag',
      superseded_at: 'number',
    },
  },
  { names: ['stands', 'active'], columns: { key: 'key', said: 'number', direct: 'flag' } },
  { names: ['stood', 'history'], columns: { key: 'key', said: 'number', until: 'number' } },
  { names: ['links', 'links'], columns: { a: 'key', b: 'key', seen: 'number' } },
  // What is reflected of a ledger has a table of its own there.
  { names: ['totals', 'totals'], columns: { what: 'text', amount: 'number' }, where: "what NOT GLOB 'reflected*'" },
  {
    names: ['erasures', 'erasures'],
    columns: { id: 'text', at: 'number', channel: 'text', keys: 'text', subjects: 'text', recorded: 'flag' },
    ofCell: true,
  },
  { names: ['kept_for_fraud', 'kept_for_fraud'], columns: { key: 'key', until: 'number' } },
  {
    names: ['deletion_requests', 'deletion_requests'],
    columns: { ref: 'text', issuer: 'text', at: 'number', key: 'key' },
  },
  { names: ['namespaces', 'namespaces'], columns: { name: 'text' }, ofCell: true },
]

/**
 * From the file `path`, which MUST belong to this process, as what `cell` brings along. Rejects where not every row arrived.
 * @returns how many restricting signals it ever learnt
 */
export async function copyChoicesIn(transaction: Connection, path: string, cell: NodeId): Promise<number> {
  const db = openDatabase(path, { applicationId: CHOICES_APPLICATION_ID, secureDelete: true })
  try {
    prepareChoicesSchema(db)
    // A new database counts from zero.
    await transaction.query('DELETE FROM totals')
    for (const table of TABLES) await tableIn(transaction, db, table, cell)
    await transaction.query(
      `SELECT setval(pg_get_serial_sequence('sluice.findings', 'id'), greatest(1, (SELECT max(id) FROM findings)))`,
    )
    await transaction.query(
      'UPDATE cluster SET last_statement = coalesce((SELECT max(id) FROM statements WHERE id < $1), 0)',
      [DRAWN_FROM],
    )
    const amountOf = (what: string): number =>
      Number(db.prepare('SELECT amount FROM totals WHERE what = ?').get(what)?.amount ?? 0)
    await transaction.query('INSERT INTO reflected VALUES ($1, $2)', [cell, amountOf('reflected')])
    return amountOf('learnt')
  } finally {
    db.close()
  }
}

/** Into the file `path`, which MUST not exist; whole and on disk when this resolves. Rejects where not every row arrived. */
export async function copyChoicesOut(transaction: Connection, path: string, cell: NodeId): Promise<void> {
  const db = openDatabase(path, { applicationId: CHOICES_APPLICATION_ID, secureDelete: true })
  try {
    prepareChoicesSchema(db)
    db.exec('BEGIN IMMEDIATE; DELETE FROM totals')
    for (const table of TABLES) await tableOut(transaction, db, table, cell)
    const [row] = await transaction.query<{ size: number }>('SELECT size FROM reflected WHERE cell = $1', [cell])
    db.prepare("INSERT INTO totals VALUES ('reflected', ?)").run(row?.size ?? 0)
    db.exec('COMMIT')
    checkpoint(db)
  } finally {
    db.close()
  }
}

type Value = string | number | null

async function tableIn(transaction: Connection, db: DatabaseSync, table: Table, cell: NodeId): Promise<void> {
  const [here, there] = table.names
  const columns = Object.entries(table.columns)
  const ofCell = table.ofCell === true
  const read = columns.map(([name, kind]) => (kind === 'key' ? `nullif(lower(hex(${name})), '')` : name))
  const types = { key: 'text', text: 'text', number: 'bigint', flag: 'int' }
  const made = columns.map(([name, kind]) => {
    if (kind === 'key') return `decode(r.${name}, 'hex')`
    return kind === 'flag' ? `r.${name} = 1` : `r.${name}`
  })
  const insert = `INSERT INTO ${there} (${[...columns.map(thereOf), ...(ofCell ? ['cell'] : [])].join(', ')})
    OVERRIDING SYSTEM VALUE SELECT ${[...made, ...(ofCell ? [`'${cell}'`] : [])].join(', ')}
    FROM unnest(${columns.map(([, kind], index) => `$${index + 1}::${types[kind]}[]`).join(', ')})
      AS r(${columns.map(([name]) => name).join(', ')})`
  const select = db.prepare(`SELECT ${read.join(', ')} FROM ${here} WHERE ${table.where ?? 'true'}`)
  select.setReturnArrays(true)
  let rows: (readonly Value[])[] = []
  let copied = 0
  const flush = async (): Promise<void> => {
    await transaction.query(
      insert,
      columns.map((_, index) => rows.map((row) => row[index])),
    )
    copied += rows.length
    rows = []
  }
  // Sound: no column holds anything else.
  for (const row of select.iterate() as unknown as Iterable<readonly Value[]>) {
    rows.push(row)
    if (rows.length === PAGE) await flush()
  }
  await flush()
  const [counted] = await transaction.query<{ n: number }>(`SELECT count(*) AS n FROM ${there}`)
  requireAll(there, copied, counted!.n)
}

async function tableOut(transaction: Connection, db: DatabaseSync, table: Table, cell: NodeId): Promise<void> {
  const [here, there] = table.names
  const columns = Object.entries(table.columns)
  const read = columns.map((column, index) => {
    const as = ` AS c${index}`
    if (column[1] === 'key') return `encode(${thereOf(column)}, 'hex')${as}`
    return `${thereOf(column)}${column[1] === 'flag' ? '::int' : ''}${as}`
  })
  const values = columns.map(([, kind], index) => (kind === 'key' ? `unhex(?${index + 1})` : `?${index + 1}`))
  // A look-up in choices.db is one probe: the finding is in the row.
  const finding = here === 'stands' ? ['finding', '(SELECT finding FROM said WHERE id = ?2)'] : []
  const insert = db.prepare(
    `INSERT INTO ${here} (${[...columns.map(([name]) => name), ...finding.slice(0, 1)].join(', ')})
     VALUES (${[...values, ...finding.slice(1)].join(', ')})`,
  )
  // One that is done would be done again: to what came in since.
  const open = here === 'erasures' ? 'AND NOT done' : ''
  const where = table.ofCell === true ? `WHERE cell = '${cell}' ${open}` : ''
  await transaction.query(`DECLARE moved NO SCROLL CURSOR FOR SELECT ${read.join(', ')} FROM ${there} ${where}`)
  let copied = 0
  for (;;) {
    const rows = await transaction.query<Record<string, Value>>(`FETCH ${PAGE} FROM moved`)
    if (rows.length === 0) break
    for (const row of rows) insert.run(...columns.map((_, index) => row[`c${index}`] as Value))
    copied += rows.length
  }
  await transaction.query('CLOSE moved')
  requireAll(here, copied, Number(db.prepare(`SELECT count(*) AS n FROM ${here}`).get()?.n))
}

function requireAll(table: string, copied: number, arrived: number): void {
  if (arrived !== copied)
    throw new Error(`${table}: ${copied} rows were copied, and ${arrived} are there. Nothing was moved.`)
}

/** Its name among the shared tables. */
function thereOf([name]: readonly [string, Kind]): string {
  return name === 'said' ? 'statement' : name
}

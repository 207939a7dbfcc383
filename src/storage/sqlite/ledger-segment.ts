/** One ledger segment as a SQLite file: its SQL statements and the group commit. */
import { existsSync } from 'node:fs'
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import type { Checkpoint, FindersRow, Group, Head, LeafRow, Mark, NodeRow, OwnersRow } from '../../ledger/store.ts'
import { isDiskFull } from './ledger-failure.ts'
import { OLDEST_SEGMENT_FORMAT, SEGMENT_APPLICATION_ID, SEGMENT_FORMAT, SEGMENT_SCHEMA } from './ledger-schema.ts'
import { emptyLog, hasWrongSize, openDatabase } from './open.ts'

const ROWS_A_STATEMENT = 16
const INSERT_ONE = 'INSERT INTO leaves(seq, leaf, hash) VALUES (?, ?, ?)'
const INSERT_MANY = `INSERT INTO leaves(seq, leaf, hash) VALUES ${Array(ROWS_A_STATEMENT).fill('(?, ?, ?)').join()}`
/** Hex digits before each record of `records`: its number and length. */
const RECORD_HEAD = 24

/** A segment open for reading, or for writing too. Only the ledger's one writer may call `write`. */
export class SqliteSegment {
  readonly first: number
  readonly range: Uint8Array
  readonly openedAt: number
  readonly isCurrent: boolean
  readonly #db: DatabaseSync
  readonly #readOnly: boolean
  readonly #statements = new Map<string, StatementSync>()

  constructor(db: DatabaseSync, readOnly: boolean) {
    this.#db = db
    this.#readOnly = readOnly
    const row = db.prepare('SELECT format, first, range, opened_at FROM segment').get()
    if (row?.format !== SEGMENT_FORMAT && row?.format !== OLDEST_SEGMENT_FORMAT)
      throw new Error(`a ledger segment of format ${row?.format} is not known: a later Sluice made it`)
    this.isCurrent = row.format === SEGMENT_FORMAT
    this.first = row.first as number
    this.range = row.range as Uint8Array
    this.openedAt = row.opened_at as number
  }

  sealedAt(): number | undefined {
    const at = this.#prepared('SELECT sealed_at FROM segment').get()?.sealed_at
    return typeof at === 'number' ? at : undefined
  }

  end(): number {
    const last = this.#prepared('SELECT max(seq) AS last FROM leaves').get()?.last
    return typeof last === 'number' ? last + 1 : this.first
  }

  mark(): Mark | undefined {
    const row = this.#prepared('SELECT size, range, settled_below, closed FROM mark').get()
    if (row === undefined) return undefined
    return {
      size: row.size as number,
      range: row.range as Uint8Array,
      settledBelow: row.settled_below as number,
      closed: row.closed === 1,
    }
  }

  lastHead(): Head | undefined {
    return this.#prepared('SELECT size, root, time FROM heads ORDER BY size DESC LIMIT 1').get() as Head | undefined
  }

  lastCheckpoint(): Checkpoint | undefined {
    return this.#prepared('SELECT size, note FROM checkpoints ORDER BY size DESC LIMIT 1').get() as
      | Checkpoint
      | undefined
  }

  leaves(from: number, max: number): readonly LeafRow[] {
    return this.#page('SELECT seq, leaf, hash FROM leaves WHERE seq >= ? ORDER BY seq LIMIT ?', from, max)
  }

  hasWrongSize(): boolean {
    return hasWrongSize(this.#db)
  }

  lowest(): number | undefined {
    const lowest = this.#prepared('SELECT min(seq) AS lowest FROM leaves').get()?.lowest
    return typeof lowest === 'number' ? lowest : undefined
  }

  /**
   * Rows end to end: 16 hex digits of number, 8 of leaf length, 8 of hash length, then leaf and hash. One value for all rows,
   * because an object for each would take four times as long as reading it.
   */
  page(from: number, max: number): { readonly bytes: Uint8Array; readonly rows: number } {
    const row = "printf('%016x%08x%08x', seq, length(leaf), length(hash)) || leaf || hash"
    const rows = 'SELECT seq, leaf, hash FROM leaves WHERE seq >= ? ORDER BY seq LIMIT ?'
    const counts = 'count(*) AS rows, count(leaf) AS leaves, count(hash) AS hashes'
    const sql = `SELECT CAST(group_concat(${row}, '') AS BLOB) AS bytes, ${counts} FROM (${rows})`
    const found = this.#prepared(sql).get(from, max) as Record<'rows' | 'leaves' | 'hashes', number> & {
      readonly bytes: Uint8Array | null
    }
    if (found.leaves !== found.rows || found.hashes !== found.rows) throw new Error('a record has no bytes')
    return { bytes: found.bytes ?? new Uint8Array(0), rows: found.rows }
  }

  records(from: number, max: number): readonly Uint8Array[] {
    const row = "printf('%016x%08x', seq, length(leaf)) || leaf"
    const sql = `SELECT CAST(group_concat(${row}, '') AS BLOB) AS bytes FROM (SELECT seq, leaf FROM leaves WHERE seq >= ? ORDER BY seq LIMIT ?)`
    const bytes = this.#prepared(sql).get(from, max)?.bytes as Uint8Array | null
    if (bytes === null) return []
    const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    const leaves: Uint8Array[] = []
    for (let at = 0; at < all.length; ) {
      if (Number.parseInt(all.toString('latin1', at, at + 16), 16) !== from + leaves.length) break
      const start = at + RECORD_HEAD
      at = start + Number.parseInt(all.toString('latin1', at + 16, start), 16)
      leaves.push(all.subarray(start, at))
    }
    return leaves
  }

  heads(above: number, max: number): readonly Head[] {
    return this.#page('SELECT size, root, time FROM heads WHERE size > ? ORDER BY size LIMIT ?', above, max)
  }

  checkpoints(above: number, max: number): readonly Checkpoint[] {
    return this.#page('SELECT size, note FROM checkpoints WHERE size > ? ORDER BY size LIMIT ?', above, max)
  }

  node(level: number, index: number): Uint8Array | undefined {
    return this.#prepared('SELECT hash FROM nodes WHERE level = ? AND n = ?').get(level, index)?.hash as
      | Uint8Array
      | undefined
  }

  leafHash(seq: number): Uint8Array | undefined {
    return this.#prepared('SELECT hash FROM leaves WHERE seq = ?').get(seq)?.hash as Uint8Array | undefined
  }

  find(id: Uint8Array, from = 0, to = Number.MAX_SAFE_INTEGER): number | undefined {
    const sql =
      "SELECT seq FROM leaves WHERE seq >= ? AND seq < ? AND substr(leaf, 16, 16) = ? AND substr(leaf, 2, 1) IN (x'01', x'06') LIMIT 1"
    const seq = this.#prepared(sql).get(from, to, id)?.seq
    return typeof seq === 'number' ? seq : undefined
  }

  nodes(level: number, from: number, to: number): readonly NodeRow[] {
    const sql = 'SELECT level, n AS "index", hash FROM nodes WHERE level = ? AND n >= ? AND n < ? ORDER BY n'
    return this.#prepared(sql).all(level, from, to) as unknown as readonly NodeRow[]
  }

  *allNodes(): Generator<NodeRow> {
    const rows = this.#prepared('SELECT level, n AS "index", hash FROM nodes ORDER BY level, n').iterate()
    yield* rows as unknown as Iterable<NodeRow>
  }

  owners(above: number, max: number): readonly OwnersRow[] {
    return this.#page('SELECT size, ids FROM owners WHERE size > ? ORDER BY size LIMIT ?', above, max)
  }

  finders(above: number, to: number): readonly FindersRow[] {
    if (!this.isCurrent) return []
    return this.#page('SELECT size, sets FROM finders WHERE size > ? AND size <= ? ORDER BY size', above, to)
  }

  /** Replaces the rows, or deletes those with empty values. Old bytes are overwritten. */
  putOwners(rows: readonly (OwnersRow & { readonly sets?: Uint8Array })[]): 'durable' | 'disk_full' {
    try {
      this.#db.exec('PRAGMA secure_delete = ON')
      this.#db.exec('BEGIN IMMEDIATE')
      for (const row of rows) {
        if (row.ids.length > 0) this.#putOwners(row)
        else this.#run('DELETE FROM owners WHERE size = ?', row.size)
        if (!this.isCurrent || row.sets === undefined) continue
        if (row.sets.length > 0) this.#putFinders({ size: row.size, sets: row.sets })
        else this.#run('DELETE FROM finders WHERE size = ?', row.size)
      }
      this.#db.exec('COMMIT')
      // The log holds the old bytes too.
      emptyLog(this.#db)
      return 'durable'
    } catch (error) {
      if (!isDiskFull(error)) throw error
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      return 'disk_full'
    }
  }

  /** After a throw the segment MUST NOT be used again: its state on disk is unknown. */
  write(group: Group): 'durable' | 'disk_full' {
    try {
      this.#db.exec('BEGIN IMMEDIATE')
      this.#putLeaves(group.leaves)
      if (group.head !== undefined) this.#putHead(group.head)
      for (const node of group.nodes ?? []) this.#putNode(node)
      if (group.owners !== undefined && group.head !== undefined)
        this.#putOwners({ size: group.head.size, ids: group.owners })
      if (group.finders !== undefined && group.head !== undefined && this.isCurrent)
        this.#putFinders({ size: group.head.size, sets: group.finders })
      if (group.checkpoint !== undefined) this.#putCheckpoint(group.checkpoint)
      if (group.mark !== undefined) this.#putMark(group.mark)
      if (group.sealedAt !== undefined) this.#run('UPDATE segment SET sealed_at = ?', group.sealedAt)
      this.#db.exec('COMMIT')
      return 'durable'
    } catch (error) {
      if (!isDiskFull(error)) throw error
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      return 'disk_full'
    }
  }

  /** Moves the write-ahead log into the file as far as readers allow, without waiting, and closes it. */
  close(): void {
    try {
      if (!this.#readOnly) this.#db.exec('PRAGMA wal_checkpoint(PASSIVE)')
    } catch (error) {
      // The log stays beside the file, and the next opener reads both.
      if (!isDiskFull(error)) throw error
    } finally {
      this.#db.close()
    }
  }

  /** Inserts many rows in one statement: a call into SQLite costs as much as a row. */
  #putLeaves(leaves: readonly LeafRow[]): void {
    const many = this.#prepared(INSERT_MANY)
    let at = 0
    for (; at + ROWS_A_STATEMENT <= leaves.length; at += ROWS_A_STATEMENT) {
      const values: SQLInputValue[] = []
      for (let i = at; i < at + ROWS_A_STATEMENT; i++) {
        const { seq, leaf, hash } = leaves[i]!
        values.push(seq, leaf, hash)
      }
      many.run(...values)
    }
    const one = this.#prepared(INSERT_ONE)
    for (; at < leaves.length; at++) {
      const { seq, leaf, hash } = leaves[at]!
      one.run(seq, leaf, hash)
    }
  }
  #putHead({ size, root, time }: Head): void {
    this.#run('INSERT INTO heads(size, root, time) VALUES (?, ?, ?)', size, root, time)
  }
  #putNode({ level, index, hash }: NodeRow): void {
    this.#run('INSERT INTO nodes(level, n, hash) VALUES (?, ?, ?)', level, index, hash)
  }
  #putOwners({ size, ids }: OwnersRow): void {
    this.#run('REPLACE INTO owners(size, ids) VALUES (?, ?)', size, ids)
  }
  #putFinders({ size, sets }: FindersRow): void {
    this.#run('REPLACE INTO finders(size, sets) VALUES (?, ?)', size, sets)
  }
  #putCheckpoint({ size, note }: Checkpoint): void {
    this.#run('INSERT INTO checkpoints(size, note) VALUES (?, ?)', size, note)
  }
  #putMark({ size, range, settledBelow, closed }: Mark): void {
    const sql = 'REPLACE INTO mark(one, size, range, settled_below, closed) VALUES (1, ?, ?, ?, ?)'
    this.#run(sql, size, range, settledBelow, closed ? 1 : 0)
  }
  #run(sql: string, ...values: SQLInputValue[]): void {
    this.#prepared(sql).run(...values)
  }
  /** The row casts in this class are sound: every table is STRICT and written only here. */
  #page<Row>(sql: string, from: number, max: number): readonly Row[] {
    return this.#prepared(sql).all(from, max) as unknown as readonly Row[]
  }
  #prepared(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = this.#db.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }
}

export function openSegment(path: string): SqliteSegment {
  return new SqliteSegment(openDatabase(path, { applicationId: SEGMENT_APPLICATION_ID }), false)
}

/** Opens a snapshot of a segment: later writes are not visible. */
export function readSegment(path: string): SqliteSegment {
  const db = openForReading(path)
  try {
    db.exec('BEGIN')
    return new SqliteSegment(db, true)
  } catch (error) {
    db.close()
    throw error
  }
}

/** Opens a segment for reading; each call sees its current state. */
export function followSegment(path: string): SqliteSegment {
  const db = openForReading(path)
  try {
    db.exec(`PRAGMA cache_size = -${FOLLOWER_CACHE_KB}`)
    return new SqliteSegment(db, true)
  } catch (error) {
    db.close()
    throw error
  }
}
/** Many are open at once. */
const FOLLOWER_CACHE_KB = 512

/** On read-only media SQLite cannot create its shared-memory files; without a log there is no writer, and `immutable` is safe. */
function openForReading(path: string): DatabaseSync {
  const options = { readOnly: true, applicationId: SEGMENT_APPLICATION_ID }
  try {
    return openDatabase(path, options)
  } catch (error) {
    if (existsSync(`${path}-wal`)) throw error
    return openDatabase(`${pathToFileURL(path).href}?immutable=1`, options)
  }
}

/** Creates a complete, empty segment at `path`. */
export function makeSegment(path: string, first: number, range: Uint8Array, openedAt: number): void {
  const db = openDatabase(path, { applicationId: SEGMENT_APPLICATION_ID })
  try {
    db.exec('BEGIN IMMEDIATE')
    db.exec(SEGMENT_SCHEMA)
    const sql = 'INSERT INTO segment(one, format, first, range, opened_at) VALUES (1, ?, ?, ?, ?)'
    db.prepare(sql).run(SEGMENT_FORMAT, first, range, openedAt)
    db.exec('COMMIT')
  } finally {
    db.close()
  }
}

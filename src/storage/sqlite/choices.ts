/** The single writer's SQL statements for choices, sticky signals and links. The caller owns the transaction. */
import { randomInt } from 'node:crypto'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Link } from '../../choices/store.ts'
import { type IdentityKey, type NodeId, ONLY_NODE } from '../../model/brand.ts'
import type { Finding } from '../../model/signal.ts'
import { findingJson } from '../finding-text.ts'
import { agingRows } from './choices-aging.ts'
import {
  createRowReader,
  type Row,
  STATEMENT_COLUMNS,
  STATEMENT_WIDTH,
  STATEMENTS_ON_KEY,
  type StatementRow,
} from './choices-row.ts'

/** Random ids are below this; sequential ids continue above the highest. */
const MAX_ID = 2 ** 47

type NewStatement = Omit<StatementRow, 'id'>

export interface ChoicesWriter {
  statementsOn(key: IdentityKey): readonly (StatementRow & { readonly direct: boolean })[]
  placeOf(key: IdentityKey, id: number): 'direct' | 'copy' | undefined
  countOn(key: IdentityKey): number
  fromDevice(device: IdentityKey): readonly StatementRow[]
  insert(statement: NewStatement): number
  /** Under a random id: sequential ids would show which statements were made together. */
  insertWithRandomId(statement: NewStatement): number
  restate(id: number, at: number): void
  widenCover(id: number, finding: Finding): void
  place(key: IdentityKey, id: number, direct: boolean): void
  removeFrom(key: IdentityKey, id: number): void
  keepHistory(key: IdentityKey, id: number, at: number): void
  isActiveDirectly(id: number): boolean
  isDirectOnOthers(id: number, key: IdentityKey): boolean
  retire(id: number, at: number): void
  forget(id: number): void
  neighbours(key: IdentityKey, max: number): readonly IdentityKey[]
  linked(a: IdentityKey, b: IdentityKey): boolean
  link(a: IdentityKey, b: IdentityKey, month: number): void
  statementsAfter(after: number, max: number): readonly StatementRow[]
  linksAfter(after: Link | undefined, max: number): readonly (Link & { readonly seen: number })[]
  unlinkPair(a: IdentityKey, b: IdentityKey): void
  activeKeys(id: number): readonly IdentityKey[]
  forgetHistory(key: IdentityKey): readonly number[]
  forgetDevice(key: IdentityKey): void
  unlink(key: IdentityKey): number
  dropUnused(id: number): void
  count(what: Total, by: number): void
  totals(): Readonly<Record<Total, number>>
  /** Users with an active statement or a link, after this key, in key order. */
  usersAfter(after: string, max: number): readonly IdentityKey[]
  /** Prepared namespaces. */
  namespaces(): readonly string[]
  addNamespace(name: string): void
  /** Of each node that reported. */
  reflected(): readonly (readonly [NodeId, number])[]
  reflect(node: NodeId, size: number): void
}
type Total = 'choices' | 'links' | 'covers' | 'walks_cut_short' | 'learnt' | 'unlinked'

/** A single node keeps the bare name from before there were several. */
const REFLECTED = 'reflected'
function nameOf(node: NodeId): string {
  return node === ONLY_NODE ? REFLECTED : `${REFLECTED} ${node}`
}
function nodeOf(name: string): NodeId {
  return name === REFLECTED ? ONLY_NODE : (name.slice(REFLECTED.length + 1) as NodeId)
}

/** @param db MUST have the schema of `prepareChoicesSchema` */
export function createChoicesWriter(db: DatabaseSync): ChoicesWriter {
  const prepare = (sql: string): StatementSync => {
    const statement = db.prepare(sql)
    statement.setReturnArrays(true)
    return statement
  }
  const all = (statement: StatementSync, ...values: (string | number)[]): readonly Row[] =>
    statement.all(...values) as unknown as readonly Row[]
  const first = (statement: StatementSync, ...values: (string | number)[]): Row | undefined =>
    statement.get(...values) as unknown as Row | undefined

  const reader = createRowReader()
  const statementsOn = prepare(STATEMENTS_ON_KEY)
  const placeOf = prepare('SELECT direct FROM stands WHERE key = unhex(?) AND said = ?')
  const countOn = prepare('SELECT count(*) FROM stands WHERE key = unhex(?)')
  const fromDevice = prepare(`SELECT ${STATEMENT_COLUMNS}
    FROM said CROSS JOIN findings ON findings.id = said.finding
    WHERE said.device = unhex(?)`)
  const findFinding = prepare('SELECT id FROM findings WHERE text = ?')
  const addFinding = prepare('INSERT INTO findings (text) VALUES (?)')
  const insert = prepare(`INSERT INTO said (finding, channel, said_by, first_at, at, device, cover)
    VALUES (?1, ?2, ?3, ?4, ?4, unhex(?5), ?6)`)
  const insertAs = prepare(`INSERT INTO said (id, finding, channel, said_by, first_at, at, device, cover)
    VALUES (?7, ?1, ?2, ?3, ?4, ?4, unhex(?5), ?6)`)
  const isTaken = prepare('SELECT 1 FROM said WHERE id = ?')
  const restate = prepare('UPDATE said SET at = max(at, ?) WHERE id = ?')
  const widen = prepare('UPDATE said SET finding = ? WHERE id = ?')
  const widenCopies = prepare('UPDATE stands SET finding = ? WHERE said = ?')
  const place = prepare(`INSERT INTO stands (key, said, direct, finding)
    SELECT unhex(?), id, ?, finding FROM said WHERE id = ?
    ON CONFLICT DO UPDATE SET direct = max(direct, excluded.direct)`)
  const removeFrom = prepare('DELETE FROM stands WHERE key = unhex(?) AND said = ?')
  const keepHistory = prepare('INSERT OR REPLACE INTO stood (key, said, until) VALUES (unhex(?), ?, ?)')
  const isActiveDirectly = prepare('SELECT 1 FROM stands WHERE said = ? AND direct = 1 LIMIT 1')
  const saidOfOthers = prepare('SELECT 1 FROM stands WHERE said = ? AND direct = 1 AND key <> unhex(?) LIMIT 1')
  const retire = prepare('UPDATE said SET superseded_at = ? WHERE id = ?')
  const forget = prepare('DELETE FROM said WHERE id = ?')
  const displaceAll = prepare('DELETE FROM stands WHERE said = ?')
  const neighbours = prepare('SELECT lower(hex(b)) FROM links WHERE a = unhex(?) LIMIT ?')
  const linked = prepare('SELECT 1 FROM links WHERE a = unhex(?) AND b = unhex(?)')
  const link = prepare(`INSERT INTO links (a, b, seen) VALUES (unhex(?1), unhex(?2), ?3), (unhex(?2), unhex(?1), ?3)
    ON CONFLICT DO UPDATE SET seen = excluded.seen WHERE excluded.seen > seen`)
  const activeKeys = prepare('SELECT lower(hex(key)) FROM stands WHERE said = ?')
  const forgetHistory = prepare('DELETE FROM stood WHERE key = unhex(?) RETURNING said')
  const forgetDevice = prepare('UPDATE said SET device = NULL WHERE device = unhex(?)')
  const unlinkFrom = prepare('DELETE FROM links WHERE a = unhex(?)')
  const unlinkPair = prepare('DELETE FROM links WHERE a = unhex(?) AND b = unhex(?)')
  const dropUnused = prepare(`DELETE FROM said WHERE id = ?1
    AND NOT EXISTS (SELECT 1 FROM stands WHERE said = ?1) AND NOT EXISTS (SELECT 1 FROM stood WHERE said = ?1)`)
  const count = prepare('UPDATE totals SET amount = amount + ? WHERE what = ?')
  const totals = prepare('SELECT what, amount FROM totals')
  // The two highest bits of a key are its kind's number: 0 for users.
  const usersAfter = prepare(`SELECT lower(hex(key)) FROM (
    SELECT key FROM stands WHERE key > unhex(?1) AND key < x'40' UNION SELECT a FROM links WHERE a > unhex(?1) AND a < x'40')
    ORDER BY 1 LIMIT ?2`)
  const namespaces = prepare('SELECT name FROM namespaces')
  const reflected = prepare("SELECT what, amount FROM totals WHERE what GLOB 'reflected*'")
  const reflect = prepare('INSERT INTO totals VALUES (?, ?) ON CONFLICT DO UPDATE SET amount = excluded.amount')
  const addNamespace = prepare('INSERT OR IGNORE INTO namespaces VALUES (?)')

  const findingId = (finding: Finding): number => {
    const text = findingJson(finding)
    return Number(first(findFinding, text)?.[0] ?? addFinding.run(text).lastInsertRowid)
  }
  const writer: ChoicesWriter = {
    statementsOn: (key) =>
      all(statementsOn, key).map((row) => ({ ...reader.statement(row), direct: row[STATEMENT_WIDTH] === 1 })),
    placeOf: (key, id) => {
      const row = first(placeOf, key, id)
      if (row === undefined) return undefined
      return row[0] === 1 ? 'direct' : 'copy'
    },
    countOn: (key) => Number(first(countOn, key)?.[0]),
    fromDevice: (device) => all(fromDevice, device).map(reader.statement),
    insert: ({ finding, channel, saidBy, at, device, cover }) =>
      Number(insert.run(findingId(finding), channel, saidBy, at, device ?? null, +cover).lastInsertRowid),
    insertWithRandomId: ({ finding, channel, saidBy, at, device, cover }) => {
      let id = randomInt(1, MAX_ID)
      while (first(isTaken, id) !== undefined) id = randomInt(1, MAX_ID)
      insertAs.run(findingId(finding), channel, saidBy, at, device ?? null, +cover, id)
      return id
    },
    restate: (id, at) => {
      restate.run(at, id)
    },
    widenCover: (id, finding) => {
      const number = findingId(finding)
      widen.run(number, id)
      widenCopies.run(number, id)
    },
    place: (key, id, direct) => {
      place.run(key, +direct, id)
    },
    removeFrom: (key, id) => {
      removeFrom.run(key, id)
    },
    keepHistory: (key, id, at) => {
      keepHistory.run(key, id, at)
    },
    isActiveDirectly: (id) => first(isActiveDirectly, id) !== undefined,
    isDirectOnOthers: (id, key) => first(saidOfOthers, id, key) !== undefined,
    retire: (id, at) => {
      retire.run(at, id)
      displaceAll.run(id)
    },
    forget: (id) => {
      forget.run(id)
      displaceAll.run(id)
    },
    neighbours: (key, max) => all(neighbours, key, max).map(([neighbour]) => neighbour as IdentityKey),
    linked: (a, b) => first(linked, a, b) !== undefined,
    link: (a, b, month) => {
      const isNew = first(linked, a, b) === undefined
      link.run(a, b, month)
      if (isNew) writer.count('links', 1)
    },
    ...agingRows(prepare, reader),
    unlinkPair: (a, b) => {
      unlinkPair.run(a, b)
      unlinkPair.run(b, a)
    },
    activeKeys: (id) => all(activeKeys, id).map(([key]) => key as IdentityKey),
    forgetHistory: (key) => all(forgetHistory, key).map(([id]) => Number(id)),
    forgetDevice: (key) => {
      forgetDevice.run(key)
    },
    unlink: (key) => {
      // Pairs are stored in both directions: the neighbours locate the other half.
      const others = all(neighbours, key, -1).map(([neighbour]) => neighbour as IdentityKey)
      for (const other of others) unlinkPair.run(other, key)
      return Number(unlinkFrom.run(key).changes)
    },
    dropUnused: (id) => {
      dropUnused.run(id)
    },
    count: (what, by) => {
      count.run(by, what)
    },
    totals: () => Object.fromEntries(all(totals)) as Record<Total, number>,
    usersAfter: (after, max) => all(usersAfter, after, max).map(([key]) => key as IdentityKey),
    namespaces: () => all(namespaces).map(([name]) => String(name)),
    addNamespace: (name) => {
      addNamespace.run(name)
    },
    reflected: () => all(reflected).map(([what, amount]) => [nodeOf(String(what)), Number(amount)]),
    reflect: (node, size) => {
      reflect.run(nameOf(node), size)
    },
  }
  return writer
}

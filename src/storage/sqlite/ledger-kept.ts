/** The hashes of pruned segments and the legal holds: `kept.db` in the ledger's folder. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Floor, Hold, KeptFile, NodeRow } from '../../ledger/store.ts'
import { hasWrongSize, openDatabase } from './open.ts'
import { transactions } from './transaction.ts'

/** `SLkp` */
const APPLICATION_ID = 0x534c6b70
const SCHEMA = `
CREATE TABLE IF NOT EXISTS floor(one INTEGER PRIMARY KEY CHECK (one = 1), size INTEGER NOT NULL, range BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS nodes(level INTEGER, n INTEGER, hash BLOB NOT NULL, PRIMARY KEY(level, n)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS holds(id TEXT PRIMARY KEY, first INTEGER, from_time INTEGER, to_time INTEGER,
  reason TEXT NOT NULL, since INTEGER NOT NULL) STRICT;`

/** Opens read-only; undefined if nothing was ever pruned or held. */
export function readKept(dataFolder: string): KeptFile | undefined {
  const path = join(dataFolder, 'ledger', 'kept.db')
  return existsSync(path) ? keptFile(path, true) : undefined
}

export function openKept(dataFolder: string): KeptFile {
  return keptFile(join(dataFolder, 'ledger', 'kept.db'), false)
}

function keptFile(path: string, readOnly: boolean): KeptFile {
  const db = openDatabase(path, { readOnly, applicationId: APPLICATION_ID })
  if (!readOnly) db.exec(SCHEMA)
  const transact = transactions(db)
  const floor = db.prepare('SELECT size, range FROM floor')
  const node = db.prepare('SELECT hash FROM nodes WHERE level = ? AND n = ?')
  const holds = db.prepare('SELECT id, first, from_time, to_time, reason, since FROM holds ORDER BY since, id')
  return {
    // The casts are sound: the tables are STRICT and written only below.
    floor: () => floor.get() as unknown as Floor | undefined,
    node: (level, index) => node.get(level, index)?.hash as Uint8Array | undefined,
    holds: () => holds.all().map(holdOf),
    raise: ({ size, range }, nodes) =>
      transact(() => {
        db.prepare('REPLACE INTO floor(one, size, range) VALUES (1, ?, ?)').run(size, range)
        const put = db.prepare('REPLACE INTO nodes(level, n, hash) VALUES (?, ?, ?)')
        for (const { level, index, hash } of nodes) put.run(level, index, hash)
        // Leaf hashes beside an earlier floor are obsolete.
        db.prepare('DELETE FROM nodes WHERE level = 0 AND n < ?').run(Math.floor(size / 256) * 256)
      }),
    hold: ({ id, first, from, to, reason, since }) => {
      const put = db.prepare(
        'REPLACE INTO holds(id, first, from_time, to_time, reason, since) VALUES (?, ?, ?, ?, ?, ?)',
      )
      put.run(id, first ?? null, from ?? null, to ?? null, reason, since)
    },
    release: (id) => {
      db.prepare('DELETE FROM holds WHERE id = ?').run(id)
    },
    close: () => db.close(),
  }
}

/** Every kept hash and the file's size check, for the verifier. */
export function viewKept(dataFolder: string): { readonly nodes: readonly NodeRow[]; readonly hasWrongSize: boolean } {
  const path = join(dataFolder, 'ledger', 'kept.db')
  if (!existsSync(path)) return { nodes: [], hasWrongSize: false }
  const db = openDatabase(path, { readOnly: true, applicationId: APPLICATION_ID })
  try {
    const nodes = db.prepare('SELECT level, n AS "index", hash FROM nodes').all() as unknown as readonly NodeRow[]
    return { nodes, hasWrongSize: hasWrongSize(db) }
  } finally {
    db.close()
  }
}

/** The casts are sound: the table is STRICT and written only above. */
function holdOf(row: Record<string, unknown>): Hold {
  const { id, first, from_time: from, to_time: to, reason, since } = row
  return {
    id: id as string,
    ...(first === null ? {} : { first: first as number }),
    ...(from === null ? {} : { from: from as number }),
    ...(to === null ? {} : { to: to as number }),
    reason: reason as string,
    since: since as number,
  }
}

/** Reads active statements on its own connection. Every read is a complete `.all`, so none holds an old snapshot. */
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite'
import type { IdentityKey } from '../../model/brand.ts'
import type { Finding } from '../../model/signal.ts'
import { createRowReader, type Row, STATEMENT_WIDTH, STATEMENTS_ON_KEY, type StatementRow } from './choices-row.ts'

export interface StandingRow {
  /** Equal findings are the same object. */
  readonly finding: Finding
  /** True if stated for this identity, false if copied along a link. */
  readonly direct: boolean
}

export interface ChoicesReader {
  /** Active statements of the identities, unordered; one that is active on two of them is returned twice. */
  standing(keys: readonly IdentityKey[]): readonly StandingRow[]
  /** The same with author, time and channel. */
  statements(keys: readonly IdentityKey[]): readonly (StatementRow & { readonly direct: boolean })[]
  /** True if the identity has a link or an active statement. */
  isKnown(key: IdentityKey): boolean
  close(): void
}

/** Identities in one SQL statement; more take several. A change between two of them makes the caller's stamp stale. */
const MAX_KEYS = 8

/** @param db a read-only connection that nothing else uses */
export function createChoicesReader(db: DatabaseSync): ChoicesReader {
  const reader = createRowReader()
  const standing = preparedByCount(db, 'SELECT finding, direct FROM stands WHERE key = unhex(?)')
  const statements = preparedByCount(db, STATEMENTS_ON_KEY)
  const known = db.prepare(
    'SELECT 1 FROM links WHERE a = unhex(?1) UNION ALL SELECT 1 FROM stands WHERE key = unhex(?1) LIMIT 1',
  )
  const findingText = db.prepare('SELECT text FROM findings WHERE id = ?')
  const findings = new Map<SQLOutputValue | undefined, Finding>()
  /** Safe to cache: a committed finding never changes, and only committed rows are read. */
  const findingOf = (id: SQLOutputValue | undefined): Finding => {
    const known = findings.get(id)
    if (known !== undefined) return known
    const finding = reader.finding(findingText.get(id ?? null)?.text)
    findings.set(id, finding)
    return finding
  }
  return {
    standing: (keys) => {
      const rows = readAll(standing, keys)
      if (rows.length === 0) return NOTHING
      return rows.map(([finding, direct]) => ({ finding: findingOf(finding), direct: direct === 1 }))
    },
    statements: (keys) =>
      readAll(statements, keys).map((row) => ({ ...reader.statement(row), direct: row[STATEMENT_WIDTH] === 1 })),
    isKnown: (key) => known.all(key).length > 0,
    close: () => db.close(),
  }
}

const NOTHING: readonly StandingRow[] = []

/** One SQL statement for each number of identities, prepared when first needed: a union of single probes measured fastest. */
function preparedByCount(db: DatabaseSync, probe: string): (count: number) => StatementSync {
  const prepared: StatementSync[] = []
  return (count) => {
    const kept = prepared[count]
    if (kept !== undefined) return kept
    const statement = db.prepare(Array.from({ length: count }, () => probe).join(' UNION ALL '))
    statement.setReturnArrays(true)
    prepared[count] = statement
    return statement
  }
}

function readAll(prepared: (count: number) => StatementSync, keys: readonly IdentityKey[]): readonly Row[] {
  if (keys.length === 0) return []
  if (keys.length <= MAX_KEYS) return prepared(keys.length).all(...keys) as unknown as readonly Row[]
  return [...readAll(prepared, keys.slice(0, MAX_KEYS)), ...readAll(prepared, keys.slice(MAX_KEYS))]
}
